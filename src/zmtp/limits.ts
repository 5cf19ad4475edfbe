/** Largest handshake command accepted, in bytes, whatever `maxMessageSize` says. */
export const MAX_HANDSHAKE_COMMAND = 64 * 1024

/** Largest command accepted after the handshake, in bytes: it holds the longest topic a peer may subscribe to. */
export const MAX_COMMAND = 1024 * 1024

/** Largest message, all its frames together, in bytes, when `maxMultipartSize` is -1. */
export const MAX_MESSAGE = 0xffff_ffff

/** Most frames in one message. */
export const MAX_FRAMES = 65_536

/** Longest routing id, in bytes (RFC 37, "The Identity Property"). */
export const MAX_ROUTING_ID = 255

/** Longest user name and longest password of PLAIN, in bytes each (RFC 24). */
export const MAX_CREDENTIAL = 255

/** Longest name of a group, in bytes (RFC 48). */
export const MAX_GROUP = 255
