/**
 * What Piscina loads, with `require`. CommonJS on purpose: where `require` takes ES modules (Node 20.19), it would load
 * ours so, and importing an inspector that imports some of them again then fails now and then («imported again after
 * being required»).
 */
const thread = import('./task-handler.ts')

module.exports = async (task: import('../shared/messages.ts', { with: { 'resolution-mode': 'import' }}).Task) =>
  (await thread).default(task)
