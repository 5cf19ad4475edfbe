import { Dealer, Proxy, Pull, Push, Router, XPublisher, XSubscriber, type Socket } from "../index.js"
import { invalidChoice, UsageError, type Command, type Given } from "./command.js"
import { reportConnections } from "./connection-reports.js"
import { configure, ENDPOINT_NOTES, ENDPOINTS, place } from "./endpoints.js"
import { KEY_NOTES, SECURITY } from "./security.js"
import { Progress, PROGRESS } from "./progress.js"
import { TRANSPORT } from "./transports.js"

const KINDS: Readonly<Record<string, () => [front: Socket, back: Socket]>> = {
  forwarder: () => [new XSubscriber(), new XPublisher()],
  queue: () => [new Router(), new Dealer()],
  streamer: () => [new Pull(), new Push()],
}

export const proxy: Command = {
  name: "proxy",
  section: "Tools",
  summary: "Passes messages on: forwarder from PUB to SUB, queue between REQ and REP, streamer from PUSH to PULL.",
  usage: "forwarder|queue|streamer --front URL --back URL",
  words: Object.keys(KINDS),
  options: {
    front: { type: "text", multiple: true, value: "URL", help: "bind URL, to which PUB, REQ, or PUSH connect" },
    back: { type: "text", multiple: true, value: "URL", help: "bind URL, to which SUB, REP, or PULL connect" },
    "connect-front": { type: "text", multiple: true, value: "URL", help: "connect the front to URL instead" },
    "connect-back": { type: "text", multiple: true, value: "URL", help: "connect the back to URL instead" },
    set: { type: "text", multiple: true, value: "NAME=VALUE", help: "set an option of both sockets" },
    linger: ENDPOINTS.options["linger"]!,
    ...TRANSPORT,
  },
  groups: [SECURITY, PROGRESS],
  examples: [
    {
      text: "Publishers connect to 5556, subscribers to 5557",
      command: "zmtp proxy forwarder --front tcp://*:5556 --back tcp://*:5557",
    },
    {
      text: "Clients connect to 5555, workers to 5560",
      command: "zmtp proxy queue --front tcp://*:5555 --back tcp://*:5560",
    },
  ],
  notes: [
    "The proxy reads from one side only as fast as the other side accepts messages. Messages are dropped only if the\n" +
      "pattern drops them, as PUB does.",
    ENDPOINT_NOTES,
    KEY_NOTES,
  ],
  async run(given) {
    const [kind = "", ...more] = given.positionals
    const make = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
    if (make === undefined || more.length > 0) {
      throw invalidChoice("proxy type", given.positionals, KINDS)
    }
    const [front, back] = make()
    for (const socket of [front, back]) reportConnections(socket, given)
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
