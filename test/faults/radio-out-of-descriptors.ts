// A RADIO connects by name. The first lookup fails; when the second one succeeds, the process has no descriptors left.
import dns from "node:dns"
import { closeSync, openSync } from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import { Dish, Radio } from "../../src/draft.js"

type Callback = (error: Error | null, addresses?: readonly { address: string }[]) => void

const held: number[] = []

function useUp(): void {
  for (;;) {
    try {
      held.push(openSync("/dev/null", "r"))
    } catch {
      return
    }
  }
}

// Replace the resolver to control when it answers, and to use up all descriptors just before.
let asked = 0
Object.assign(dns, {
  lookup(_host: string, _options: object, callback: Callback) {
    setImmediate(() => {
      asked++
      if (asked === 1) {
        callback(Object.assign(new Error("getaddrinfo ENOTFOUND radio.test"), { code: "ENOTFOUND" }))
        return
      }
      if (asked === 2) useUp()
      callback(null, [{ address: "127.0.0.1" }])
    })
  },
})
syncBuiltinESMExports()

const dish = new Dish()
dish.join("group")
await dish.bind("udp://127.0.0.1:*")
const port = dish.lastEndpoint!.split(":").pop()!

const radio = new Radio({ reconnectInterval: 10 })
const events: unknown[] = []
radio.events.on("close", ({ error }) => events.push(error?.code))
const retried = new Promise<void>((resolve) => {
  radio.events.on("connect:retry", ({ address, interval }) => {
    events.push(address === `udp://radio.test:${port}`, interval >= 10)
    for (const descriptor of held.splice(0)) closeSync(descriptor)
    if (asked === 2) resolve()
  })
})
radio.connect(`udp://radio.test:${port}`)
// The pending receive keeps the process alive.
const receiving = dish.receive()
await radio.send("after", { group: "group" })
await retried
const served = String((await receiving)[0])
radio.close()
dish.close()
process.send!({ served, events }, () => {
  process.disconnect()
})
