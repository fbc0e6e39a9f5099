/**
 * copyloop under pm2: `pm2 start ecosystem.config.cjs`. COPYLOOP_CONFIG names another config file.
 * A test starts and stops this file with pm2 itself.
 */
const config = process.env.COPYLOOP_CONFIG || 'examples/minimal.yaml'

module.exports = {
  apps: [
    {
      name: 'copyloop',
      script: 'dist/cli.js',
      args: ['run', '-c', config],
      cwd: __dirname,

      // One process: copyloop forks and watches its own workers. In cluster mode pm2 itself would be the primary.
      exec_mode: 'fork',
      instances: 1,

      // Online when every listener is served: copyloop says so. Without an answer pm2 waits this long.
      wait_ready: true,
      listen_timeout: 20_000,

      // The primary alone is told to stop, by message; pm2 otherwise sends SIGINT to every process of the tree.
      shutdown_with_message: true,
      // Above drainTimeout (30s unless configured): after this pm2 kills the tree and cuts connections.
      kill_timeout: 35_000,

      // What may get better (a port that is still taken) is tried again, later and later.
      exp_backoff_restart_delay: 200,
      // Wrong usage (2) and wrong config (78) do not get better; pm2 then shows "waiting restart" and never restarts.
      stop_exit_codes: [2, 78],

      // One log, without an instance's number in its name.
      merge_logs: true,

      // pm2's agent would be loaded into the process and end it soon after its channel closes.
      pmx: false,
      // No look for a git repository at each start.
      vizion: false,
    },
  ],
}
