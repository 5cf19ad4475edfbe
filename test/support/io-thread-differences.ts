// Tests that do not apply with an I/O thread in the default context, and why: docs/guide/io-threads.md, "What is different".

const CLOSED_LATER = "with I/O threads, close removes the file a moment later"
const IN_THIS_THREAD = "it replaces functions that the I/O thread calls"
const NOT_COUNTED = "with I/O threads, a limit in bytes does not count messages that were sent before it was set"
const NOT_RECYCLED = "recycle has no effect on messages that I/O threads read"
const NO_SINK = "with I/O threads, messages queue up to the high-water mark before they are written"

/** The reason for each of these tests, by their full titles. */
export const DIFFERENT: Readonly<Record<string, string>> = {
  "ipc removes its file on unbind and on close": CLOSED_LATER,
  "ipc removes its file even if the process has changed its working directory": CLOSED_LATER,
  "ipc binds a path of 107 bytes whose last part is short, once: bind": CLOSED_LATER,
  "ipc binds a path of 107 bytes whose last part is short, once: bindSync": CLOSED_LATER,
  "ipc binds a name of several lines, once: bind": CLOSED_LATER,
  "ipc binds a name of several lines, once: bindSync": CLOSED_LATER,
  "tcp transfers messages even if the system rejects options of the connection": IN_THIS_THREAD,
  "sendHighWaterBytes counts messages that are already waiting when it is set": NOT_COUNTED,
  "recycle receives later frames in the memory of earlier ones: tcp": NOT_RECYCLED,
  "recycle receives later frames in the memory of earlier ones: ipc": NOT_RECYCLED,
  "recycle receives later frames in the memory of earlier ones: CURVE": NOT_RECYCLED,
  "the diagnostics channels count messages queued for a departed peer as dropped": NO_SINK,
  "ws transfers messages of many frames and sizes in both directions, in order": NO_SINK,
}

/** The reason for all tests of these suites, or with this beginning of their full titles. */
export const DIFFERENT_SUITES: Readonly<Record<string, string>> = {
  "ws:// over a browser's WebSocket": "it replaces the transports of the platform",
  "a peer that connects while the process is busy, and resets the connection is rejected, because it has no address":
    IN_THIS_THREAD,
}
