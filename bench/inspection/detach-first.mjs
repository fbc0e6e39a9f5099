/** Has seen enough after the first chunk, of either direction. */
export default { name: 'detach-first', chunk: () => ({ verdict: 'detach', from: 'connection' }) }
