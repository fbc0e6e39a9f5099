/** Paths of the admin with names in them, for the dashboard and the commands. */

export const connectionPath = (connectionId: string): string => `/connections/${encodeURIComponent(connectionId)}`

/** For DELETE. */
export const killPath = (connectionId: string, how: string): string => `${connectionPath(connectionId)}?how=${how}`

/** For PUT. */
export const serverPath = (upstream: string, server: string): string =>
  `/upstreams/${encodeURIComponent(upstream)}/servers/${encodeURIComponent(server)}`
