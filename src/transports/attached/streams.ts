import { zmqError } from "../../core/errors.js"
import type { Runtime } from "../../core/runtime/runtime.js"
import type { ConnectionFeatures } from "../authentication/connection-features.js"
import type { Transport } from "../transport.js"
import type { AnyStream } from "./any-stream.js"
import type * as attachment from "./attachment.js"
import type { Attachment, AttachmentHost, AttachOptions, StreamFactory } from "./attachment.js"
import { customTransport, type CustomTransport } from "./custom-transport.js"

/** Support for streams of the application, as part of a platform. */
export interface Streams {
  /** @see Socket#attach */
  attach(
    host: AttachmentHost,
    stream: AnyStream | StreamFactory,
    options: AttachOptions | undefined,
  ): Promise<Attachment>
  /** Adapts `custom` for the sockets of one context. @throws ZmqError EINVAL */
  transports(custom: Readonly<Record<string, CustomTransport>>, runtime: Runtime): ReadonlyMap<string, Transport>
}

/** The part that is loaded on first use. */
export type StreamModule = Pick<typeof attachment, "attach" | "openStream">

/** @param features Returns the features of the connections. */
export function createStreams(features: () => ConnectionFeatures, load: () => Promise<StreamModule>): Streams {
  return {
    async attach(host, stream, options = {}) {
      options.signal?.throwIfAborted()
      silence(stream)
      const { attach } = await load()
      return attach(host, stream, options, features())
    },
    transports: (custom, runtime) =>
      new Map(
        Object.entries(custom).map(([scheme, transport]) => {
          check(scheme, transport)
          return [scheme, customTransport(scheme, transport, features(), runtime, load)]
        }),
      ),
  }
}

/** Adds an error listener, because a stream that fails without one would end the process. */
function silence(stream: unknown): void {
  const { readable, writable } = (stream ?? {}) as { readable?: unknown; writable?: unknown }
  for (const side of [stream, readable, writable]) {
    const { on, write, read } = (side ?? {}) as { on?: unknown; write?: unknown; read?: unknown }
    if (typeof on !== "function" || (write === undefined && read === undefined)) continue
    Reflect.apply(on, side, ["error", () => undefined])
  }
}

/** Schemes that cannot be replaced, because they are not based on a stream of bytes. */
const RESERVED = ["inproc", "udp", "epgm"]

function check(scheme: string, transport: object | null): void {
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme) || RESERVED.includes(scheme)) {
    const message = `Invalid scheme ${JSON.stringify(scheme)} of a transport: expected lower case letters, such as ssh, and not ${RESERVED.join(", ")}`
    throw zmqError("EINVAL", { message })
  }
  const given = (transport ?? {}) as Partial<Record<string, unknown>>
  if (typeof given["connect"] !== "function" && typeof given["bind"] !== "function") {
    throw zmqError("EINVAL", { message: `Invalid transport for ${scheme}://: expected a function "connect" or "bind"` })
  }
}
