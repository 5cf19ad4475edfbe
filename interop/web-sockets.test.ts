import { expect } from "chai"
import { createRequire } from "node:module"
import * as zmtp from "../src/index.js"
import { freePort } from "../test/support/endpoints.js"
import { skip } from "../test/support/skip.js"
import { RemoteProcess } from "./support/remote.js"
import { closeAll, closing, receiveText } from "./support/sockets.js"

/** The used part of `jszmq`, which speaks only plain ZWS 2.0. */
interface Jszmq {
  socket(type: string): JszmqSocket
}

interface JszmqSocket {
  bindSync(address: string): void
  connect(address: string): void
  subscribe(topic: string): void
  send(message: unknown): void
  once(event: "message", told: (...frames: Uint8Array[]) => void): void
  close(): void
}

const jszmq = createRequire(import.meta.url)("jszmq") as Jszmq

describe("ws:// with libzmq", () => {
  let remote: RemoteProcess
  let available = true

  before(async function () {
    remote = await RemoteProcess.start("libzmq")
    const socket = await remote.socket("Pull")
    try {
      await socket.bind("ws://127.0.0.1:*")
    } catch (error) {
      expect(error).to.include({ code: "EPROTONOSUPPORT" })
      available = false
    }
    await socket.close()
  })
  afterEach(closeAll)
  after(() => remote.stop())

  it("exchanges messages, whichever side binds (libzmq built with WebSocket)", async function () {
    if (!available) skip(this, "libzmq was built without WebSocket")
    const [theirs, ours] = [await remote.socket("Pair"), closing(new zmtp.Pair())]
    ours.connect(await theirs.bind("ws://127.0.0.1:*"))
    await ours.send(["a", "", "b"])
    expect(await theirs.receive()).to.deep.equal(["a", "", "b"])
    await theirs.send("c")
    expect(await receiveText(ours)).to.deep.equal(["c"])
  })
})

describe("ws:// with jszmq", () => {
  const theirs: JszmqSocket[] = []
  afterEach(() => {
    closeAll()
    for (const socket of theirs.splice(0)) socket.close()
  })

  function jszmqSocket(type: string): JszmqSocket {
    const socket = jszmq.socket(type)
    theirs.push(socket)
    return socket
  }

  function received(socket: JszmqSocket): Promise<string[]> {
    return new Promise((resolve) => {
      socket.once("message", (...frames) => {
        resolve(frames.map(String))
      })
    })
  }

  it("replies to its REQ and DEALER", async () => {
    const router = closing(new zmtp.Router())
    await router.bind("ws://127.0.0.1:*")
    for (const [type, envelope] of [
      ["req", [""]],
      ["dealer", []],
    ] as const) {
      const socket = jszmqSocket(type)
      socket.connect(router.lastEndpoint!)
      socket.send(["hi", ""])
      const [id, ...frames] = await router.receive()
      expect(frames.map(String)).to.deep.equal([...envelope, "hi", ""])
      const answer = received(socket)
      await router.send([id!, ...envelope, "ho"])
      expect(await answer).to.deep.equal(["ho"])
    }
  })

  it("publishes to its SUB what it has subscribed to", async () => {
    const publisher = closing(new zmtp.XPublisher())
    await publisher.bind("ws://127.0.0.1:*")
    const socket = jszmqSocket("sub")
    socket.subscribe("news")
    socket.connect(publisher.lastEndpoint!)
    expect(await receiveText(publisher)).to.deep.equal(["\x01news"])
    const heard = received(socket)
    await publisher.send(["other", "1"])
    await publisher.send(["news", "2"])
    expect(await heard).to.deep.equal(["news", "2"])
  })

  it("connects to its bound endpoint", async () => {
    const address = `ws://127.0.0.1:${await freePort()}/feed`
    const socket = jszmqSocket("rep")
    socket.bindSync(address)
    const asked = received(socket)
    const request = closing(new zmtp.Request())
    request.connect(address)
    await request.send("hi")
    expect(await asked).to.deep.equal(["hi"])
    socket.send("ho")
    expect(await receiveText(request)).to.deep.equal(["ho"])
  })
})
