import { expect } from "chai"
import { once } from "node:events"
import { createServer, type AddressInfo, type Socket } from "node:net"
import { Pull, Push } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { nextEvent } from "../support/events.js"
import { RawWebSocket, TEXT } from "../support/raw-web-socket.js"

/** Exceeds the maximum length of a string in V8. */
const TOO_LONG = 512 * 1024 * 1024

describe("a text message that exceeds the length of a string", function () {
  this.timeout(60_000)
  const use = closing()

  it("ends only the connection of the client that sends it", async () => {
    const pull = use(new Pull())
    await pull.bind("ws://127.0.0.1:*")
    const push = use(new Push())
    push.connect(pull.lastEndpoint!)
    const peer = use(await RawWebSocket.connect(pull.lastEndpoint!))
    const gone = nextEvent(pull, "disconnect")
    await peer.send(TEXT, TOO_LONG)
    const { error } = await gone
    expect(error).to.include({ code: "ERR_ZMTP_UNSPECIFIED" })
    expect(String(error!.cause)).to.match(/text/)
    await push.send("served")
    expect(String(await pull.receive())).to.equal("served")
  })

  it("ends the connection to the server that sends it", async () => {
    const server = use(createServer())
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const push = use(new Push())
    const gone = nextEvent(push, "disconnect")
    push.connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const [socket] = (await once(server, "connection")) as [Socket]
    const peer = use(await RawWebSocket.accept(socket))
    await peer.send(TEXT, TOO_LONG)
    const { error } = await gone
    expect(error).to.include({ code: "ERR_ZMTP_UNSPECIFIED" })
    expect(String(error!.cause)).to.match(/text/)
  })
})
