import { expect } from "chai"
import * as native from "zeromq"
import { Pull, Push, Reply, Request } from "../src/index.js"

describe("beside libzmq in one process", () => {
  it("pushes to a native PULL", async () => {
    const push = new Push()
    await push.bind("tcp://127.0.0.1:*")
    const pull = new native.Pull()
    pull.connect(push.lastEndpoint!)
    await push.send(["a", "", "b"])
    expect((await pull.receive()).map(String)).to.deep.equal(["a", "", "b"])
    push.close()
    pull.close()
  })

  it("answers a native REQ and asks a native REP", async () => {
    const reply = new Reply()
    await reply.bind("tcp://127.0.0.1:*")
    const request = new native.Request()
    request.connect(reply.lastEndpoint!)
    await request.send("hi")
    expect((await reply.receive()).map(String)).to.deep.equal(["hi"])
    await reply.send("ho")
    expect((await request.receive()).map(String)).to.deep.equal(["ho"])
    request.close()
    reply.close()

    const nativeReply = new native.Reply()
    await nativeReply.bind("tcp://127.0.0.1:*")
    const ours = new Request()
    ours.connect(nativeReply.lastEndpoint!)
    await ours.send("hi")
    expect((await nativeReply.receive()).map(String)).to.deep.equal(["hi"])
    await nativeReply.send("ho")
    expect((await ours.receive()).map(String)).to.deep.equal(["ho"])
    ours.close()
    nativeReply.close()
  })

  it("pulls from a native PUSH", async () => {
    const push = new native.Push()
    await push.bind("tcp://127.0.0.1:*")
    const pull = new Pull()
    pull.connect(push.lastEndpoint!)
    await push.send(["a", "", "b"])
    expect((await pull.receive()).map(String)).to.deep.equal(["a", "", "b"])
    push.close()
    pull.close()
  })
})
