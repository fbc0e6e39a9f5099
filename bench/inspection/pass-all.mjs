/** Sees every chunk of a connection's life, and lets it pass. */
export default { name: 'pass-all', chunk: () => ({ verdict: 'pass' }) }
