import { expect } from "chai"
import { PassThrough, Transform } from "node:stream"
import * as zmq from "../../../src/index.js"
import { Context } from "../../../src/index.js"
import { transportCompliance, type ComplianceCase } from "../../../src/testing.js"
import type { CustomTransport, NodePair, StreamListener } from "../../../src/transport.js"
import { duplexPair } from "../../support/duplex-pair.js"
import { caught } from "../../support/receiving.js"

const find = (cases: ComplianceCase[], name: string): ComplianceCase =>
  cases.find((each) => each.name.includes(name)) ?? expect.fail(`No case ${name}`)

describe("transportCompliance", () => {
  it("requires an endpoint or a pair", () => {
    expect(() => transportCompliance({ zmq })).to.throw(TypeError, "requires an `endpoint` or `pair` function")
  })

  it("omits cases that need endpoints or connections, if there are none", () => {
    const attached = transportCompliance({ zmq, pair: duplexPair })
    const local = transportCompliance({ zmq, endpoint: () => "inproc://x", connections: false })
    const whole = transportCompliance({ zmq, endpoint: () => "tcp://127.0.0.1:1" })
    expect(attached.length).to.be.lessThan(local.length)
    expect(local.length).to.be.lessThan(whole.length)
    expect(new Set(whole.map(({ name }) => name)).size).to.equal(whole.length)
  })

  it("detects a transport that binds one address twice", async () => {
    const listeners = new Map<string, StreamListener>()
    const lax: CustomTransport = {
      connect(address) {
        const [near, far] = duplexPair()
        listeners.get(address)!.accept(far)
        return near
      },
      bind(address, listener) {
        listeners.set(address, listener)
        return { close: () => listeners.delete(address) }
      },
    }
    let names = 0
    const cases = transportCompliance({
      zmq,
      options: { context: new Context({ transports: { lax } }) },
      endpoint: () => `lax://${names++}`,
    })
    await find(cases, "binds, unbinds, and binds again").run()
    expect((await caught(find(cases, "EADDRINUSE").run())).message).to.include('Expected "EADDRINUSE"')
  })

  it("detects a stream that damages its data", async () => {
    const pair = (): [NodePair, NodePair] => {
      let passed = 0
      const damaging = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          const copy = Buffer.from(chunk)
          for (let index = 0; index < copy.length; index++) if (++passed === 30_000) copy[index]! ^= 1
          done(null, copy)
        },
      })
      const back = new PassThrough()
      return [
        { readable: back, writable: damaging },
        { readable: damaging, writable: back },
      ]
    }
    const cases = transportCompliance({ zmq, pair })
    await find(cases, "frames of 8,191 bytes").run()
    expect((await caught(find(cases, "frames of 65,535 bytes").run())).message).to.equal(
      "Expected [true,true], got [false,true]",
    )
  })
})
