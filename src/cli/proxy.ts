import { Dealer, Proxy, Pull, Push, Router, XPublisher, XSubscriber, type Socket } from "../index.js"
import { UsageError, type Command, type Given } from "./command.js"
import { configure, KEYS, place, SECURITY } from "./endpoints.js"
import { Progress, PROGRESS } from "./progress.js"
import { TRANSPORT } from "./transports.js"

const KINDS: Readonly<Record<string, () => [front: Socket, back: Socket]>> = {
  forwarder: () => [new XSubscriber(), new XPublisher()],
  queue: () => [new Router(), new Dealer()],
  streamer: () => [new Pull(), new Push()],
}

export const proxy: Command = {
  name: "proxy",
  summary:
    "Passes messages on: `forwarder` from PUB to SUB, `queue` from REQ to REP and back, `streamer` from PUSH to PULL.",
  usage: "forwarder|queue|streamer --front URL --back URL",
  options: {
    front: { type: "string", multiple: true, value: "URL", help: "bind here, where PUB, REQ or PUSH connect" },
    back: { type: "string", multiple: true, value: "URL", help: "bind here, where SUB, REP or PULL connect" },
    "connect-front": { type: "string", multiple: true, value: "URL", help: "connect there instead" },
    "connect-back": { type: "string", multiple: true, value: "URL", help: "connect there instead" },
    set: { type: "string", multiple: true, value: "NAME=VALUE", help: "set an option of both sockets" },
    linger: { type: "string", value: "MS", help: "how long to go on delivering at the end" },
    ...TRANSPORT,
    ...SECURITY,
    ...PROGRESS,
  },
  notes: KEYS,
  async run(given) {
    const [kind = "", ...more] = given.positionals
    const make = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
    if (make === undefined || more.length > 0) throw new UsageError("Missing device: forwarder, queue or streamer")
    const [front, back] = make()
    try {
      await reach(front, "front", given)
      await reach(back, "back", given)
      const proxy = new Proxy(front, back)
      const progress = new Progress(given, back, false)
      const running = proxy.run()
      const stop = (): void => {
        proxy.terminate()
      }
      if (given.signal.aborted) stop()
      else given.signal.addEventListener("abort", stop, { once: true })
      await running
      progress.end()
    } finally {
      for (const socket of [front, back]) {
        if (!socket.closed) socket.linger = 0
        socket.close()
      }
    }
  },
}

async function reach(socket: Socket, side: "front" | "back", given: Given): Promise<void> {
  const [bind, connect] = [given.list(side), given.list(`connect-${side}`)]
  if (bind.length + connect.length === 0)
    throw new UsageError(`Missing endpoint: --${side} URL or --connect-${side} URL`)
  configure(socket, given)
  await place(socket, bind, connect, `${side} `)
}
