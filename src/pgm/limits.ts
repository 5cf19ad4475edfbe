// Limits on what a network can make the engine store or send. PGM has no security: anyone in the group can forge
// packets.

/** Maximum number of sources per receiver. Packets from others are ignored. */
export const MAX_SOURCES = 1024

/**
 * Maximum number of ranges of missing packets per source. Packets that would add another range are ignored and repaired
 * later.
 */
export const MAX_GAPS = 4096

/**
 * Maximum number of bytes that wait for missing packets or for a slow application, for all sources of a receiver
 * together.
 */
export const MAX_RECEIVE_WINDOW = 64 * 1024 * 1024

/** Memory that a queued packet takes in addition to its content, in bytes. */
export const PACKET_OVERHEAD = 256

/** Maximum number of bytes that a sender keeps for repairs. At high rates this covers less than `recoveryInterval`. */
export const MAX_TRANSMIT_WINDOW = 256 * 1024 * 1024

/** Maximum number of packets requested from a source at once. */
export const MAX_REQUESTED = 1024

/** Maximum number of bytes that may be spent on requests to a source, because it has sent as many bytes of data before. */
export const MAX_CREDIT = 64 * 1024

/** Maximum rate of further requests, to all sources of a receiver together, in kbit/s. */
export const UNEARNED_REQUEST_RATE = 128

/** Maximum number of queued repairs. Further requests are not confirmed, so receivers retry. */
export const MAX_REPAIRS = 4096

/**
 * Time after a confirmation or a repair, in ms, in which requests for the same packet are ignored, because they were
 * sent before it.
 */
export const REPAIR_HOLDOFF = 20

/** Minimum time between two requested SPMs, in ms (RFC 3208, section 13.4). */
export const REQUESTED_SPM_INTERVAL = 100

/** Maximum number of options in a packet (RFC 3208, section 9). */
export const MAX_OPTIONS = 16

/** Maximum number of sequence numbers in a NAK list, in addition to the one before it (RFC 3208, section 9.3). */
export const MAX_NAK_LIST = 62

/** Maximum size of an APDU that is assembled from fragments, in bytes, as in OpenPGM. */
export const MAX_APDU = 65_535

/** Maximum number of queued reports of losses and faults. */
export const MAX_REPORTS = 1024
