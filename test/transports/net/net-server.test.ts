import { expect } from "chai"
import { once } from "node:events"
import { connect, createServer, Socket, type AddressInfo, type Server } from "node:net"
import {
  addressUnknown,
  closeServer,
  listenNow,
  listenOn,
  peerAddress,
} from "../../../src/transports/net/net-server.js"
import { closing } from "../../support/closing.js"
import { caught } from "../../support/receiving.js"
import { NOT_HERE } from "../../support/runtime.js"

const ENDPOINT = "tcp://127.0.0.1:5555"
const ignore: (error: Error) => void = () => undefined

const portOf = (server: Server): number => (server.address() as AddressInfo).port

describe("a server", () => {
  const use = closing()
  const create = () =>
    use({
      server: createServer(),
      close() {
        this.server.close()
      },
    }).server

  /** The asynchronous and the synchronous way to listen. */
  const ways = {
    listenOn: (server: Server, host: string, port: number, failed = ignore) =>
      listenOn(server, { host, port, backlog: 100 }, ENDPOINT, failed),
    // eslint-disable-next-line @typescript-eslint/require-await
    listenNow: async (server: Server, host: string, port: number, failed = ignore) => {
      listenNow(server, [host, port, 4], 100, ENDPOINT, failed)
    },
  }

  for (const [name, listen] of Object.entries(ways)) {
    describe(name, () => {
      it("accepts connections", async () => {
        const server = create()
        await listen(server, "127.0.0.1", 0)
        const accepted = once(server, "connection") as Promise<[Socket]>
        const client = connect(portOf(server), "127.0.0.1")
        const [socket] = await accepted
        expect(peerAddress(socket)).to.equal("127.0.0.1")
        client.destroy()
        socket.destroy()
      })

      it("reports that the address is in use, with the endpoint: EADDRINUSE", async () => {
        const first = create()
        await listen(first, "127.0.0.1", 0)
        expect(await caught(listen(create(), "127.0.0.1", portOf(first)))).to.include({
          code: "EADDRINUSE",
          address: ENDPOINT,
        })
      })

      it("reports errors that occur later, instead of throwing them", async () => {
        const errors: Error[] = []
        const server = create()
        await listen(server, "127.0.0.1", 0, (error: Error) => errors.push(error))
        const error = new Error("EMFILE")
        server.emit("error", error)
        expect(errors).to.deep.equal([error])
      })

      it("releases the address within a turn of the event loop", async () => {
        const first = create()
        await listen(first, "127.0.0.1", 0)
        const port = portOf(first)
        await closeServer(first)
        await listen(create(), "127.0.0.1", port)
      })
    })
  }

  it("is listening when listenNow returns", () => {
    const server = create()
    listenNow(server, ["127.0.0.1", 0, 4], 100, ENDPOINT, ignore)
    expect(portOf(server)).to.be.greaterThan(0)
  })

  it("reports an address of another host", async () => {
    expect((await caught(ways.listenOn(create(), "192.0.2.1", 0))).code).to.equal(NOT_HERE)
  })
})

describe("peerAddress", () => {
  it("is an IPv4 address, even if the socket also accepts IPv6", () => {
    const address = (remoteAddress: string | undefined): string | undefined =>
      peerAddress({ remoteAddress } as unknown as Socket)
    expect(["::ffff:192.0.2.1", "192.0.2.1", "2001:db8::1", "::ffff:a"].map(address)).to.deep.equal([
      "192.0.2.1",
      "192.0.2.1",
      "2001:db8::1",
      "::ffff:a",
    ])
  })

  it("is unknown after the connection was reset, which has an error of its own", () => {
    expect(peerAddress(new Socket())).to.equal(undefined)
    expect(addressUnknown()).to.include({ code: "ECONNABORTED" })
  })
})
