import { zmqError } from "../../core/errors.js"
import type { Runtime } from "../../core/runtime.js"
import type { ConnectionSecurity } from "../security/connection-security.js"
import type { Transport } from "../transport.js"
import type { AnyStream } from "./any-stream.js"
import type * as attachment from "./attachment.js"
import type { Attachment, AttachmentHost, AttachOptions, StreamFactory } from "./attachment.js"
import { customTransport, type CustomTransport } from "./custom-transport.js"

/** What a platform needs for streams of the application's. */
export interface Streams {
  /** @see Socket#attach */
  attach(
    host: AttachmentHost,
    stream: AnyStream | StreamFactory,
    options: AttachOptions | undefined,
  ): Promise<Attachment>
  /** `custom` as the sockets of one context see them. @throws ZmqError EINVAL */
  transports(custom: Readonly<Record<string, CustomTransport>>, runtime: Runtime): ReadonlyMap<string, Transport>
}

/** What is loaded when it is needed first. */
export type StreamModule = Pick<typeof attachment, "attach" | "openStream">

/** @param security That of the connections. */
export function createStreams(security: ConnectionSecurity, load: () => Promise<StreamModule>): Streams {
  return {
    async attach(host, stream, options = {}) {
      options.signal?.throwIfAborted()
      silence(stream)
      const { attach } = await load()
      return attach(host, stream, options, security)
    },
    transports: (custom, runtime) =>
      new Map(
        Object.entries(custom).map(([scheme, transport]) => {
          check(scheme, transport)
          return [scheme, customTransport(scheme, transport, security, runtime, load)]
        }),
      ),
  }
}

/** A stream that fails before anybody listens would end the process. */
function silence(stream: unknown): void {
  const { readable, writable } = (stream ?? {}) as { readable?: unknown; writable?: unknown }
  for (const side of [stream, readable, writable]) {
    const { on, write, read } = (side ?? {}) as { on?: unknown; write?: unknown; read?: unknown }
    if (typeof on !== "function" || (write === undefined && read === undefined)) continue
    Reflect.apply(on, side, ["error", () => undefined])
  }
}

/** Schemes that stand for more than a stream of bytes. */
const RESERVED = ["inproc", "udp", "epgm"]

function check(scheme: string, transport: object | null): void {
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme) || RESERVED.includes(scheme)) {
    const message = `Invalid scheme ${JSON.stringify(scheme)} of a transport: expected lower case letters, such as ssh, and not ${RESERVED.join(", ")}`
    throw zmqError("EINVAL", { message })
  }
  const given = (transport ?? {}) as Partial<Record<string, unknown>>
  if (typeof given["connect"] !== "function" && typeof given["bind"] !== "function") {
    throw zmqError("EINVAL", { message: `The transport of ${scheme}:// has neither a function connect nor bind` })
  }
}
