import type { ByteStream } from "../../core/connection/byte-stream.js"
import type { Clock } from "../../core/runtime/clock.js"
import { systemError } from "../../core/errors.js"
import type { Attempt } from "../stream/dial-driver.js"
import type { AnyStream } from "./any-stream.js"
import type { StreamOpener } from "./open-stream.js"

/**
 * One attempt to connect with a function of the application.
 * @param misused Called if the result is not a stream, because another attempt would have the same result.
 */
export function dialStream(
  open: (signal: AbortSignal) => AnyStream | Promise<AnyStream>,
  load: () => Promise<StreamOpener>,
  peerAddress: string | undefined,
  clock: Clock,
  connected: (stream: ByteStream) => void,
  failed: (error: Error) => void,
  misused: (error: Error) => void,
): Attempt {
  const controller = new AbortController()
  const { signal } = controller
  let canceled = false
  const isCanceled = (): boolean => canceled
  // In a later turn, even if `open` returns immediately, because the caller must store the attempt first.
  void load().then(async ({ openStream }) => {
    if (isCanceled()) return
    let given: AnyStream
    try {
      given = await open(signal)
    } catch (error) {
      if (!isCanceled()) failed(error instanceof Error ? error : systemError(error))
      return
    }
    let stream: ByteStream
    try {
      stream = openStream(given, peerAddress, clock)
    } catch (error) {
      if (!isCanceled()) misused(error as Error)
      return
    }
    if (isCanceled()) stream.destroy()
    else connected(stream)
  })
  return {
    cancel() {
      canceled = true
      controller.abort()
    },
  }
}
