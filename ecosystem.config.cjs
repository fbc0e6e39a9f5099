/**
 * copyloop under pm2: `COPYLOOP_CONFIG=copyloop.yaml pm2 start ecosystem.config.cjs`, also from an installed package
 * (`node_modules/copyloop/ecosystem.config.cjs`). Tests start, reload and stop this file with pm2 itself; docs/deploy-pm2.md
 * goes through it.
 */
const { spawnSync } = require('node:child_process')
const { dirname, join, resolve } = require('node:path')

const cli = join(__dirname, 'dist/cli.js')
const control = process.env.COPYLOOP_TAKE_OVER

/** pm2 shows a stack to its user; one sentence is wanted. */
const refusal = (message) => Object.assign(new Error(message), { stack: `copyloop: ${message}` })

/** pm2 reads this file anew at `reload`, in whatever shell: what runs must not be replaced by anything that cannot serve. */
const checkedConfig = () => {
  const named = process.env.COPYLOOP_CONFIG
  if (!named) {
    throw refusal('COPYLOOP_CONFIG must name the config file, also for pm2 reload')
  }
  // Relative to the shell's directory, as for `copyloop run -c`.
  const config = resolve(named)
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'check', '-c', config], { encoding: 'utf8' })
  if (status !== 0) throw refusal(`this config cannot be served:\n${stderr}${stdout}`)
  return config
}

// These end what runs, and need its name only.
const config = ['stop', 'delete', 'del'].includes(process.argv[2]) ? '' : checkedConfig()

module.exports = {
  apps: [
    {
      // Of two that take turns, COPYLOOP_NAME names one: the new one takes over from the one that runs.
      name: process.env.COPYLOOP_NAME || 'copyloop',
      script: cli,
      // COPYLOOP_TAKE_OVER is the `control` of the config. Restarted after a crash it has nothing to take over: it starts.
      args: ['run', '-c', config, ...(control ? ['--take-over', control, '--or-start'] : [])],
      // It stays when packages are installed anew, wherever pm2 is called.
      cwd: dirname(config),

      // One process: copyloop forks and watches its own workers. In cluster mode pm2 itself would be the primary.
      // No max_memory_restart: it measures the primary alone. No watch: SIGHUP applies a changed config without a restart.
      exec_mode: 'fork',
      instances: 1,

      // Online when every listener is served: copyloop says so. Without an answer pm2 waits this long.
      wait_ready: true,
      listen_timeout: 20_000,

      // The primary alone is told to stop, by message; pm2 otherwise sends SIGINT to every process of the tree.
      shutdown_with_message: true,
      // Three seconds more than drainDelay + drainTimeout (30s unless configured) + drainSpread, or more: after this pm2
      // kills the tree and cuts connections. copyloop warns at its start if this is too short for its config.
      kill_timeout: 35_000,

      // What may get better (a port that is still taken) is tried again, later and later.
      exp_backoff_restart_delay: 200,
      // Wrong usage (2) and wrong config (78) do not get better; pm2 then shows "waiting restart" and never restarts.
      // Not 0: pm2 takes a process that was killed, such as for lack of memory, for one that exited with 0.
      stop_exit_codes: [2, 78],

      // One log, without an instance's number in its name.
      merge_logs: true,

      // pm2's agent would be loaded into the process and end it soon after its channel closes. What `pm2 show` and
      // `pm2 trigger` have, copyloop sends itself.
      pmx: false,
      // No look for a git repository at each start.
      vizion: false,
    },
  ],
}
