import { expect } from "chai"
import { once } from "node:events"
import { createServer, type AddressInfo, type Socket } from "node:net"
import { TcpDial, type TcpTarget } from "../../../src/transports/tcp/tcp-dial.js"
import { closing } from "../../support/closing.js"
import { freePort, HOST } from "../../support/endpoints.js"
import { FakeResolver } from "../../support/fake-resolver.js"
import { settle } from "../../support/settle.js"

describe("TcpDial", () => {
  const use = closing()
  let resolver: FakeResolver
  let port: number

  beforeEach(async () => {
    resolver = new FakeResolver()
    const server = use(createServer((socket) => socket.on("error", () => undefined).resume()).listen(0, "127.0.0.1"))
    await once(server, "listening")
    port = (server.address() as AddressInfo).port
  })

  function dial(target: Partial<TcpTarget>, ipv6 = false): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const connected = (socket: Socket): void => {
        use({ close: () => socket.destroy() })
        resolve(socket)
      }
      new TcpDial({ host: "127.0.0.1", port, endpoint: "tcp://test", ...target }, { ipv6 }, resolver, connected, reject)
    })
  }

  const codeFrom = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => "connected",
      (error: unknown) => (error as { code?: unknown }).code,
    )

  it("connects to an IP address without the resolver", async () => {
    expect((await dial({})).remoteAddress).to.equal("127.0.0.1")
    expect(resolver.asked).to.be.empty
  })

  it("connects from the given address and port", async () => {
    resolver.answers.set("server.example", ["::1", "127.0.0.1"])
    const source = { host: HOST, port: await freePort() }
    const { localAddress, localPort } = await dial({ host: "server.example", source }, true)
    expect([localAddress, localPort]).to.deep.equal([source.host, source.port])
  })

  it("fails if no address is of the family of the local address, or of an allowed one", async () => {
    resolver.answers.set("server.example", ["::1"])
    const source = { host: "127.0.0.1", port: 0 }
    expect(await codeFrom(dial({ host: "server.example", source }, true))).to.equal("EAFNOSUPPORT")
    expect(await codeFrom(dial({ host: "::1" }))).to.equal("EAFNOSUPPORT")
  })

  it("reports the error of the resolver", async () => {
    expect(await codeFrom(dial({ host: "nobody.example" }))).to.equal("ENOTFOUND")
  })

  it("does nothing more after it is canceled", async () => {
    const told: unknown[] = []
    for (const host of ["127.0.0.1", "server.example"]) {
      const tell = (result: unknown): void => {
        told.push(result)
      }
      new TcpDial({ host, port, endpoint: "tcp://test" }, { ipv6: false }, resolver, tell, tell).cancel()
    }
    await settle()
    expect([told, resolver.asked]).to.deep.equal([[], []])
  })
})
