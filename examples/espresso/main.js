/**
 * Espresso: a proxy between publishers and subscribers (XSUB and XPUB), with a listener that sees all traffic:
 * messages in one direction, subscriptions in the other.
 * Usage: node main.js
 */
import { Pair, Proxy, Publisher, Subscriber, XPublisher, XSubscriber } from "zmtp"

const proxy = new Proxy(new XSubscriber(), new XPublisher())
await proxy.frontEnd.bind("tcp://127.0.0.1:*")
await proxy.backEnd.bind("tcp://127.0.0.1:*")
const [front, back] = [proxy.frontEnd.lastEndpoint, proxy.backEnd.lastEndpoint]

const capture = new Pair()
await capture.bind("inproc://espresso")
const listener = new Pair()
listener.connect("inproc://espresso")
proxy.capture = capture
const running = proxy.run()

const publisher = new Publisher()
publisher.connect(front)
const subscriber = new Subscriber()
subscriber.connect(back)
subscriber.subscribe("A", "B")
for (const topic of ["A", "B"]) await publisher.peersReady(1, { topic })

for (const topic of ["A", "B", "C", "A"]) await publisher.send([topic, `news of ${topic}`])
for (let message = 0; message < 3; message++) {
  const [, news] = await subscriber.receive()
  console.log(`subscriber: ${news.toString()}`)
}

// Two subscriptions, and the messages that match them. Messages for C never reached the proxy.
for (let passed = 0; passed < 5; passed++) {
  const frames = await listener.receive()
  const [first] = frames
  const subscription = frames.length === 1 && first[0] === 1
  console.log(`listener: ${subscription ? `subscription to ${first.toString("utf8", 1)}` : frames.join(" | ")}`)
}

proxy.terminate()
await running
for (const socket of [publisher, subscriber, capture, listener]) socket.close()
