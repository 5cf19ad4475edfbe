// Draft sockets: single frames with additional information.
import { Client, Datagram, Dish, Gather, Radio, Scatter, Server } from "zmtp/draft"
import type { Message, MessageLike, Readable, SocketOptions, Writable } from "zmtp"

const server: Readable<[Message, { routingId: number }]> & Writable<MessageLike, [{ routingId: number }]> = new Server()
const client: Readable<[Message]> & Writable<MessageLike> = new Client()
const radio: Writable<MessageLike, [{ group: Buffer | string }]> = new Radio()
const dish: Readable<[Message, { group: Buffer }]> = new Dish()
const gather: Readable<[Message]> = new Gather({ conflate: true })
const scatter: Writable<MessageLike> = new Scatter()
const datagram: Readable<[Message, Message]> & Writable<[MessageLike, MessageLike]> = new Datagram()

export async function main(): Promise<void> {
  const [request, { routingId }] = await server.receive()
  await server.send(request, { routingId })
  await client.send("x")
  await radio.send("x", { group: "weather" })
  const [news, { group }] = await dish.receive()
  const [address, bytes] = await datagram.receive()
  await datagram.send([address, bytes])
  await scatter.send(news)
  const options: SocketOptions<Dish> = { receiveTimeout: 5 }
  const listener = new Dish(options)
  listener.join("a", Buffer.from("b"))
  listener.leave("a")
  console.log(group.length, (await gather.receive())[0].length)
  // @ts-expect-error -- The routing id is missing.
  await server.send("x")
  // @ts-expect-error -- The group is missing.
  await radio.send("x")
  // @ts-expect-error -- Expected a single frame.
  await client.send(["a", "b"])
  // @ts-expect-error -- A dish cannot send.
  await listener.send("x")
  // @ts-expect-error -- A radio cannot receive.
  await new Radio().receive()
  for await (const [frame] of client) console.log(frame.length)
}
