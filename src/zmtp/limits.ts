/** Maximum size of a handshake command, in bytes, independent of `maxMessageSize`. */
export const MAX_HANDSHAKE_COMMAND = 64 * 1024

/** Maximum size of a command after the handshake, in bytes. It limits the topics that peers can subscribe to. */
export const MAX_COMMAND = 1024 * 1024

/** Maximum size of a message, in bytes, if `maxMultipartSize` is -1, and counted in the same way. */
export const MAX_MESSAGE = 0xffff_ffff

/** Maximum number of frames in a message. */
export const MAX_FRAMES = 65_536

/** Maximum size of a routing id, in bytes (RFC 37, "The Identity Property"). */
export const MAX_ROUTING_ID = 255

/** Maximum size of a PLAIN username or password, in bytes (RFC 24). */
export const MAX_CREDENTIAL = 255

/** Maximum size of a group name, in bytes (RFC 48). */
export const MAX_GROUP = 255

/** Bodies of at least this size, in bytes, are read in place, and their memory can be recycled. */
export const LARGE_BODY = 48 * 1024

/** Maximum recycled memory that a socket keeps for later bodies, in bytes. */
export const MAX_RECYCLED_MEMORY = 32 * 1024 * 1024

/** Maximum number of recycled frames that a socket keeps. */
export const MAX_RECYCLED_FRAMES = 64
