// Runs in Cloudflare's runtime with the published build: the compliance tests of transports.
import * as zmq from "zmtp"
import { transportCompliance, type ComplianceOptions } from "../../../src/testing/compliance/compliance.js"
import type { CustomTransport, StreamListener } from "../../../src/transport.js"

function pair(): [object, object] {
  const [there, back] = [new TransformStream<Uint8Array, Uint8Array>(), new TransformStream<Uint8Array, Uint8Array>()]
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ]
}

const listeners = new Map<string, StreamListener>()
const within: CustomTransport = {
  connect(address) {
    const listener = listeners.get(address)
    if (listener === undefined) throw Object.assign(new Error("Nobody listens there"), { code: "ECONNREFUSED" })
    const [near, far] = pair() as [never, never]
    listener.accept(far)
    return near
  },
  bind(address, listener) {
    if (listeners.has(address)) throw Object.assign(new Error("The name is taken"), { code: "EADDRINUSE" })
    listeners.set(address, listener)
    return { close: () => listeners.delete(address) }
  },
}

let names = 0
const transports: Readonly<Record<string, Omit<ComplianceOptions, "zmq">>> = {
  inproc: { endpoint: () => `inproc://compliance-${names++}`, connections: false },
  "attached Web streams": {
    options: { context: new zmq.Context({ transports: { within } }) },
    endpoint: () => `within://${names++}`,
    pair,
  },
}

for (const [name, options] of Object.entries(transports)) {
  describe(`workerd: ${name}`, () => {
    for (const { name, run } of transportCompliance({ zmq, ...options })) it(name, run)
  })
}
