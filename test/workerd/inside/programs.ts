// Runs in Cloudflare's runtime with the published build: the entry points that work in a Worker.
import { expect } from "chai"
import zmq, * as named from "zmtp"
import * as browser from "zmtp/browser"
import { msgpack } from "zmtp/msgpack"

describe("workerd: entry points", () => {
  it("have all exports of zmtp in its default export, too", () => {
    const { default: all, ...names } = named
    expect(all).to.equal(zmq)
    expect(zmq).to.have.all.keys(Object.keys(names))
  })

  it("include zmtp/browser, with the same classes, for modules that pages import", () => {
    expect(browser.Push).to.equal(named.Push)
    expect(browser.capability).to.equal(named.capability)
    browser.useWebSockets()
    browser.useStreams()
    const push = new browser.Push()
    expect(() => {
      push.connect("ws://127.0.0.1:80/")
    })
      .to.throw()
      .with.property("code", "EPROTONOSUPPORT")
    push.close()
  })

  it("support MessagePack and JSON", async () => {
    const [push, pull] = [new named.Push(), new named.Pull()]
    await pull.bind("inproc://workerd-programs")
    push.connect("inproc://workerd-programs")
    for (const codec of [msgpack<{ a: number[] }>(), named.json<{ a: number[] }>()]) {
      await push.with(codec).send({ a: [1, 2] })
      expect(await pull.with(codec).receive()).to.deep.equal({ a: [1, 2] })
    }
    for (const socket of [push, pull]) socket.close()
  })

  it("support a Requester, reply(), and a Proxy", async () => {
    const [router, dealer, worker] = [new named.Router(), new named.Dealer(), new named.Reply()]
    await router.bind("inproc://workerd-front")
    await dealer.bind("inproc://workerd-back")
    const proxy = new named.Proxy(router, dealer)
    const running = proxy.run()
    worker.connect("inproc://workerd-back")
    const answering = named.reply(worker, ([question]) => [`re: ${new TextDecoder().decode(question)}`])
    const request = new named.Request()
    request.connect("inproc://workerd-front")
    await request.send("question")
    expect(new TextDecoder().decode((await request.receive())[0])).to.equal("re: question")
    request.close()
    worker.close()
    proxy.terminate()
    await Promise.all([running, answering])
  })
})
