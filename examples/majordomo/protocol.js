/** The commands of RFC 18 (Majordomo, MDP/0.2). Every message begins with the protocol header and a command. */
export const CLIENT = "MDPC02"
export const WORKER = "MDPW02"

export const ClientCommand = { request: 1, partial: 2, final: 3 }
export const WorkerCommand = { ready: 1, request: 2, partial: 3, final: 4, heartbeat: 5, disconnect: 6 }

/** Interval between heartbeats, in ms. */
export const INTERVAL = 500

/** Maximum time without a message from a peer, in ms. */
export const PATIENCE = 4 * INTERVAL

/** The beginning of a message. */
export function head(header, command) {
  return [header, Uint8Array.of(command)]
}
