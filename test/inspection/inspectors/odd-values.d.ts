export const oddValues: Readonly<Record<string, () => unknown>>
