import { expect } from "chai"
import { libzmqPeers } from "../../interop/support/remote.js"
import { closing } from "../support/closing.js"
import { freeTcp } from "../support/endpoints.js"
import { ExampleFolder } from "../support/example.js"

describe("examples/graceful-shutdown", function () {
  this.timeout(60_000)
  const open = closing()
  const libzmq = libzmqPeers()

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`finishes the requests in progress at ${signal}, delivers their replies, and exits`, async () => {
      const server = open(open(new ExampleFolder("graceful-shutdown")).start("server.js", ["tcp://127.0.0.1:*"]))
      const [, endpoint] = await server.says(/^listening at (\S+)$/m, "stdout")
      const clients = [await libzmq.socket("Request"), await libzmq.socket("Request")]
      for (const [index, client] of clients.entries()) {
        await client.connect(endpoint!)
        await client.send(`task ${index}`)
        await server.says(new RegExp(`working on task ${index}`), "stdout")
      }
      server.signal(signal)
      await server.says(new RegExp(`${signal}: finishing \\d`), "stdout")
      const replies = await Promise.all(clients.map((client) => client.receive()))
      expect(replies).to.deep.equal([["task 0 is done"], ["task 1 is done"]])
      const { code, stdout } = await server.end()
      expect([code, stdout.endsWith("all requests are answered\n")]).to.deep.equal([0, true])
    })
  }

  it("has its requests answered by the server that is started next", async () => {
    const folder = open(new ExampleFolder("graceful-shutdown"))
    const endpoint = await freeTcp()
    const first = open(folder.start("server.js", [endpoint]))
    await first.says(/listening/, "stdout")
    first.signal("SIGTERM")
    expect((await first.end()).code).to.equal(0)
    const client = open(folder.start("client.js", [endpoint, "3"]))
    const second = open(folder.start("server.js", [endpoint], { env: { WORK_MS: "1" } }))
    expect(await client.end()).to.deep.equal({
      code: 0,
      stdout: "request 1 is done\nrequest 2 is done\nrequest 3 is done\n",
      stderr: "",
    })
    second.interrupt()
    expect((await second.end()).code).to.equal(0)
  })
})
