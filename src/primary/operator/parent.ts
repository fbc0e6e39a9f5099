/**
 * Sends a message to the process that has started copyloop, if that listens (pm2, or whoever forks it).
 *
 * @param onTold called when the message is written, or cannot be: one that is gone need not know
 */
export const tellParent = (message: unknown, onTold = () => {}): void => {
  if (process.send === undefined) return onTold()
  process.send(message, undefined, {}, () => onTold())
}
