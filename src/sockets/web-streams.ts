import type { Multipart } from "../zmtp/bytes.js"
import { operationsOf, type Socket } from "./socket.js"

/** Creates a stream of the messages that `socket` receives, on demand. It ends when the socket is closed. */
export function readableStream(socket: Socket): ReadableStream<Multipart> {
  const canceled = new AbortController()
  const { signal } = canceled
  return new ReadableStream<Multipart>(
    {
      // Leave later messages to other receivers.
      cancel(reason) {
        canceled.abort(reason)
      },
      async pull(controller) {
        try {
          controller.enqueue(await operationsOf(socket).receive({ signal }))
        } catch (error) {
          if (socket.closed) controller.close()
          else controller.error(error)
        }
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * Creates a stream that sends what is written to it, with the backpressure of the socket. Closing it leaves the socket
 * open.
 */
export function writableStream(socket: Socket): WritableStream {
  return new WritableStream({
    write: (message, { signal }) => operationsOf(socket).send(message, { signal }),
  })
}
