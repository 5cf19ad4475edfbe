// The type of an event determines its properties, and a proxy has the types of its sockets.
import {
  Dealer,
  Observer,
  Proxy,
  Push,
  Router,
  type Event,
  type EventOfType,
  type EventSubscriber,
  type EventType,
} from "zmtp"

export function describe(event: Event): string {
  switch (event.type) {
    case "end":
    case "unknown":
      // @ts-expect-error -- These events have no address.
      return event.address
    case "connect:retry": {
      const interval: number = event.interval
      return `${event.address} in ${interval} ms`
    }
    case "bind:error":
    case "accept:error":
    case "close:error":
    case "handshake:error:other": {
      const { code, errno, message }: { code: string; errno: number; message: string } = event.error
      return `${event.address} ${code} ${errno} ${message}`
    }
    case "handshake:error:auth": {
      const status: 300 | 400 | 500 = event.error.status
      return String(status)
    }
    case "handshake:error:protocol":
      return event.error.code === "ERR_ZMTP_MECHANISM_MISMATCH" ? "mechanism" : event.error.code
    default:
      // @ts-expect-error -- These events have no error.
      if (event.error) return ""
      return `${event.type} ${event.address}`
  }
}

const push = new Push()
const subscriber: EventSubscriber = push.events.on("connect:retry", ({ interval, address }) => {
  console.log(interval.toFixed(), address.length)
})
subscriber.off("bind", ({ address }: EventOfType<"bind">) => address.length).on("end", ({ type }) => type === "end")
// @ts-expect-error -- Unknown event.
push.events.on("connected", () => undefined)
// @ts-expect-error -- This event has no interval.
push.events.on("bind", ({ interval }) => interval)
// @ts-expect-error -- Read-only.
push.events = new Observer(push)
const types: EventType[] = ["accept", "handshake", "close"]
// @ts-expect-error -- Unknown event.
types.push("opened")

export async function main(): Promise<void> {
  for await (const event of push.events) console.log(describe(event))
  const event: Event = await push.events.receive()
  const closed: boolean = push.events.closed
  const proxy = new Proxy(new Router(), new Dealer())
  proxy.frontEnd.mandatory = true
  proxy.backEnd.probeRouter = true
  // @ts-expect-error -- The back-end is a Dealer.
  proxy.backEnd.mandatory = true
  const bare: Proxy = proxy
  await bare.run()
  proxy.terminate()
  console.log(event.type, closed)
}
