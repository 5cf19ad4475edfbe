// Limits of all byte streams: sockets of the system, WebSockets, and streams of the application.

/** Maximum time that the peer has to close a stream after everything was sent, in ms. */
export const CLOSE_TIMEOUT = 1000

/** Maximum number of bytes waiting in a stream before it reports backpressure. */
export const WRITE_BUFFER = 256 * 1024
