import { operationsOf, type Socket } from "./socket.js"
import type { Multipart } from "../zmtp/bytes.js"

/** What `socket` receives, as a stream that takes a message when its reader asks for one. It ends with the socket. */
export function readableStream(socket: Socket): ReadableStream<Multipart> {
  const cancelled = new AbortController()
  const { signal } = cancelled
  return new ReadableStream<Multipart>(
    {
      // What comes later is for others to receive.
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

/** Sends what is written, one after the other; the writer feels the socket's back-pressure. The socket stays open. */
export function writableStream(socket: Socket): WritableStream {
  return new WritableStream({
    write: (message, { signal }) => operationsOf(socket).send(message, { signal }),
  })
}
