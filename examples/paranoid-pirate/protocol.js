/** Messages between workers and the queue other than requests and replies. They have one frame. */
export const READY = "READY"
export const HEARTBEAT = "HEARTBEAT"

/** Interval between heartbeats, in ms. */
export const INTERVAL = 200

/** Maximum time without a message from a peer, in ms. */
export const PATIENCE = 5 * INTERVAL
