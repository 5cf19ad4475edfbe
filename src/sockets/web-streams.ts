import { operationsOf, type Socket } from "./socket.js"
import type { Multipart } from "../zmtp/bytes.js"

/** A stream of the messages that `socket` receives, on demand. It ends when the socket closes. */
export function readableStream(socket: Socket): ReadableStream<Multipart> {
  const cancelled = new AbortController()
  const { signal } = cancelled
  return new ReadableStream<Multipart>(
    {
      // Later messages are left for other receivers.
      cancel(reason) {
        cancelled.abort(reason)
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

/** A stream that sends what is written to it, with the socket's backpressure. Closing it leaves the socket open. */
export function writableStream(socket: Socket): WritableStream {
  return new WritableStream({
    write: (message, { signal }) => operationsOf(socket).send(message, { signal }),
  })
}
