import { expect } from "chai"
import { Turns } from "../../../src/zmtp/handshake/turns.js"
import { encodeCommand } from "../../../src/zmtp/commands/command.js"

describe("the turns of a handshake (RFCs 24 and 26)", () => {
  it("alternate between the sides, from the HELLO of the client to the READY of the server", () => {
    const [client, server] = [new Turns("client"), new Turns("server")]
    const sent: unknown[] = []
    while (!client.over) {
      sent.push([client.toSend, server.toSend])
      expect([client.toReceive, server.toReceive]).to.deep.equal([server.toSend, client.toSend])
      client.next()
      server.next()
    }
    expect(sent).to.deep.equal([
      ["HELLO", undefined],
      [undefined, "WELCOME"],
      ["INITIATE", undefined],
      [undefined, "READY"],
    ])
    expect([client.toSend, client.toReceive, server.over]).to.deep.equal([undefined, undefined, true])
  })

  it("return the data of the expected command, and reject all others", () => {
    const server = new Turns("server")
    expect(Buffer.from(server.dataOf(encodeCommand("HELLO", Buffer.from("data"))))).to.deep.equal(Buffer.from("data"))
    expect(() => server.dataOf(encodeCommand("INITIATE"))).to.throw("expected HELLO, got INITIATE")
    server.next()
    expect(() => server.dataOf(encodeCommand("HELLO"))).to.throw("expected none, got HELLO")
  })
})
