/** What a worker and the queue say beside requests and replies, as messages of one frame. */
export const READY = "READY"
export const HEARTBEAT = "HEARTBEAT"

/** Between two heartbeats, in ms. */
export const INTERVAL = 200

/** For how long a peer may say nothing, in ms. */
export const PATIENCE = 5 * INTERVAL
