import { expect } from "chai"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { Dealer } from "../../src/index.js"
import { closing } from "../support/closing.js"
import { concurrent } from "../support/concurrent.js"
import { nextEvent } from "../support/events.js"
import { moduleOf } from "../support/runtime.js"

const root = new URL("../../", import.meta.url)

// Serverless platforms freeze processes between calls, and laptops do when they sleep.
describe("a process that is frozen", () => {
  const test = concurrent(3)
  const use = closing(after)

  for (const transport of ["tcp://127.0.0.1:*", "ipc://*", "ws://127.0.0.1:*"]) {
    test(`is disconnected by its peer, and reconnects when it continues: ${transport}`, async () => {
      const dealer = use(new Dealer({ heartbeatInterval: 100, heartbeatTimeout: 1000 }))
      await dealer.bind(transport)
      const script = `
        import { Reply } from "./src/index.ts"
        const reply = new Reply({ reconnectInterval: 1 })
        reply.connect("${dealer.lastEndpoint}")
        for await (const message of reply) await reply.send(message)`
      const child = spawn(process.execPath, moduleOf(script, { typescript: true }), { cwd: root, stdio: "inherit" })
      try {
        await dealer.send(["", "before"])
        expect(String((await dealer.receive())[1])).to.equal("before")
        const lost = nextEvent(dealer, "disconnect")
        process.kill(child.pid!, "SIGSTOP")
        await lost
        process.kill(child.pid!, "SIGCONT")
        // Wait until the peer is connected.
        await dealer.send(["", "after"])
        expect(String((await dealer.receive())[1])).to.equal("after")
      } finally {
        const exit = once(child, "exit")
        child.kill("SIGKILL")
        await exit
      }
    })
  }
})
