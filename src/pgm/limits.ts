// What a network may make the engine hold or send. Anybody who can reach the group can forge packets: PGM has no security.

/** Most sources that a receiver follows at once. Packets of others are ignored. */
export const MAX_SOURCES = 1024

/** Most ranges of missing packets per source. A packet that would add another is ignored: its sender repeats it later. */
export const MAX_GAPS = 4096

/** Most bytes that wait behind missing packets or a slow application, for all sources of a receiver together. */
export const MAX_RECEIVE_WINDOW = 64 * 1024 * 1024

/** What a waiting packet costs beside its bytes. */
export const PACKET_OVERHEAD = 256

/** Most bytes that a sender keeps for repairs. At high rates this is less than `recoveryInterval`. */
export const MAX_TRANSMIT_WINDOW = 256 * 1024 * 1024

/** Most packets that a source is asked to repeat at once. */
export const MAX_REQUESTED = 1024

/** Most packets that wait to be repeated. Requests for more are not confirmed, so receivers ask again. */
export const MAX_REPAIRS = 4096

/** Time after a confirmation or a repair in which requests for the same packet are ignored, in ms: they were sent before. */
export const REPAIR_HOLDOFF = 20

/** Shortest time between two SPMs that were asked for, in ms (RFC 3208, section 13.4). */
export const REQUESTED_SPM_INTERVAL = 100

/** Most options in a packet (RFC 3208, section 9). */
export const MAX_OPTIONS = 16

/** Most sequence numbers in a list of NAKs, beside the one in front of it (RFC 3208, section 9.3). */
export const MAX_NAK_LIST = 62

/** Largest APDU that is assembled from fragments, in bytes; OpenPGM's. */
export const MAX_APDU = 65_535

/** Most faults of sources and losses that wait to be reported. */
export const MAX_REPORTS = 1024
