import { expect } from "chai"
import { createServer } from "node:http"
import { once } from "node:events"
import { Datagram, Dish, Radio } from "../../src/draft.js"
import { parseEndpoint } from "../../src/sockets/endpoint.js"
import { bindToServer, Pull } from "../../src/index.js"
import { FaultProxy } from "../../src/testing.js"
import { closing } from "../support/closing.js"
import { SocketFolder } from "../support/endpoints.js"
import { codeOf } from "../support/messages.js"
import { caught } from "../support/receiving.js"

describe("endpoints", () => {
  const use = closing()

  it("consist of a scheme and an address", () => {
    expect(parseEndpoint("tcp://127.0.0.1:5555")).to.deep.equal({ scheme: "tcp", address: "127.0.0.1:5555" })
    expect(parseEndpoint("x://y")).to.deep.equal({ scheme: "x", address: "y" })
    expect(parseEndpoint("inproc://a://b")).to.deep.equal({ scheme: "inproc", address: "a://b" })
  })

  it("are rejected if either is missing: EINVAL", () => {
    for (const text of ["", "tcp", "tcp://", "://127.0.0.1:1", "127.0.0.1:1", "tcp:/127.0.0.1:1"]) {
      expect(codeOf(() => parseEndpoint(text))).to.equal("EINVAL")
    }
  })

  // The system ignores everything after a null character, so it would use another address than the endpoint shows.
  for (const endpoint of [
    "tcp://127.0.0.1\0.evil:0",
    "tcp://127.0.0.1:0\0",
    "tcp://\0:1",
    "tcp\0://127.0.0.1:0",
    "ws://127.0.0.1\0.evil:0",
    "ws://127.0.0.1:0/a\0b",
    "wss://127.0.0.1\0.evil:0",
    "ipc:///tmp/zmtp-test\0.evil",
    "ipc://\0zmtp-test",
    "ipc://@zmtp-test\0",
    "ipc://*\0",
    "inproc://a\0b",
  ]) {
    it(`are rejected with a zero byte: ${JSON.stringify(endpoint)}`, async () => {
      const pull = use(new Pull())
      const expected = { code: "EINVAL", errno: 22, address: endpoint }
      expect(await caught(pull.bind(endpoint))).to.include(expected)
      for (const attempt of [
        () => pull.bindSync(endpoint),
        () => pull.connect(endpoint),
        () => pull.disconnect(endpoint),
      ]) {
        expect(attempt).to.throw().that.includes(expected)
      }
      expect(await caught(pull.unbind(endpoint))).to.include(expected)
    })
  }

  it("are rejected with a zero byte: udp", async () => {
    const endpoint = "udp://127.0.0.1\0.evil:5555"
    for (const socket of [use(new Dish()), use(new Datagram())]) {
      expect(await caught(socket.bind(endpoint))).to.include({ code: "EINVAL", address: endpoint })
    }
    expect(codeOf(() => use(new Radio()).connect(endpoint))).to.equal("EINVAL")
  })

  it("can have other control characters if they are part of a name", async () => {
    const path = use(new SocketFolder()).next()
    for (const endpoint of [`ipc://${path}\n\x01`, "inproc://a\n\x01"]) {
      const pull = use(new Pull())
      await pull.bind(endpoint)
      expect(pull.lastEndpoint).to.equal(endpoint)
    }
  })

  // URLs drop some control characters, and peers would have to escape the others.
  for (const path of ["/a\nb", "/a\tb", "/\x01", "/a\x7f", "/a\r"]) {
    it(`are rejected with a control character in the path of a WebSocket: ${JSON.stringify(path)}`, async () => {
      const pull = use(new Pull())
      const address = `ws://127.0.0.1:1234${path}`
      expect(await caught(pull.bind(address))).to.include({ code: "EINVAL", address })
      for (const attempt of [() => pull.bindSync(address), () => pull.connect(address)]) {
        expect(attempt).to.throw().that.includes({ code: "EINVAL", address })
      }
      const server = use(createServer()).listen(0, "127.0.0.1")
      await once(server, "listening")
      expect(await caught(bindToServer(pull, server, path))).to.include({ code: "EINVAL", address: path })
      expect(await caught(bindToServer(pull, server, `${path}\0`))).to.include({ code: "EINVAL" })
    })
  }

  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    it(`fail for an unknown interface ${name}: ENODEV`, async () => {
      const address = `tcp://${name}:5555`
      expect(await caught(use(new Pull()).bind(address))).to.include({ code: "ENODEV", address })
      expect(codeOf(() => use(new Pull()).bindSync(address))).to.equal("ENODEV")
      expect(codeOf(() => use(new Dish()).bindSync(`udp://${name}:5555`))).to.equal("ENODEV")
    })
  }

  it("are rejected by connect if the name is longer than SOCKS supports: EINVAL", () => {
    const pull = use(new Pull({ socksProxy: "127.0.0.1:1" }))
    pull.connect(`tcp://${"a".repeat(255)}:5555`)
    expect(codeOf(() => pull.connect(`tcp://${"a".repeat(256)}:5555`))).to.equal("EINVAL")
  })

  it("are also rejected by FaultProxy with a zero byte", async () => {
    expect(await caught(FaultProxy.start("tcp://127.0.0.1\0.evil:5555"))).to.be.instanceOf(TypeError)
  })
})
