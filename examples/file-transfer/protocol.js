/**
 * Requests are `[offset, size, name]`: credit for one chunk of a file. Replies are `[offset, chunk]`; a chunk that is shorter than
 * requested is the last. A reply `["error", reason]` ends a transfer. Numbers are decimal.
 */

/** Size of a chunk, in bytes: large enough that messages cost little, small enough that other peers do not wait long. */
export const CHUNK = 64 * 1024

/** Chunks that a client requests ahead: at most CHUNK * CREDIT bytes are in flight, here 1 MiB. */
export const CREDIT = 16
