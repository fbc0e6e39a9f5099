/** copyloop cannot start, and its user can do something about it. `message` says what, where and what to do; no stack is shown. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed'
}
