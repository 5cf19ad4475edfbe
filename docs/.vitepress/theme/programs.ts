/** Programs to try out by name, with what they print. They run as they are in a page and in Node. */
export const programs: Record<string, { readonly code: string; readonly printed: string }> = {
  "Publish and subscribe": {
    code: `import { Publisher, Subscriber } from "zmtp"

const publisher = new Publisher()
await publisher.bind("inproc://weather")

const subscriber = new Subscriber()
subscriber.connect("inproc://weather")
subscriber.subscribe("weather.")

await publisher.peersReady(1, { topic: "weather." })
await publisher.send(["sport.football", "2:1"])
await publisher.send(["weather.berlin", "21 °C"])

const [topic, text] = await subscriber.receive()
console.log(\`\${topic}: \${text}\`)
`,
    printed: `weather.berlin: 21 °C
`,
  },
  "Request and reply": {
    code: `import { Reply, Request } from "zmtp"

const reply = new Reply()
await reply.bind("inproc://squares")

async function serve() {
  for await (const [number] of reply) await reply.send(String(Number(String(number)) ** 2))
}
serve()

const request = new Request()
request.connect("inproc://squares")
for (const number of [3, 4, 5]) {
  await request.send(String(number))
  const [answer] = await request.receive()
  console.log(\`\${number}² = \${answer}\`)
}
reply.close()
`,
    printed: `3² = 9
4² = 16
5² = 25
`,
  },
  "Distribute work": {
    code: `import { Pull, Push } from "zmtp"

const push = new Push()
await push.bind("inproc://tasks")

async function work(name) {
  const pull = new Pull()
  pull.connect("inproc://tasks")
  for await (const [task] of pull) {
    if (String(task) === "end") break
    console.log(\`\${name}: \${task}\`)
  }
}
const workers = [work("worker 1"), work("worker 2")]

for (let task = 1; task <= 6; task++) await push.send(\`task \${task}\`)
await push.sendMany(["end", "end"])
await Promise.all(workers)
`,
    printed: `worker 1: task 1
worker 2: task 2
worker 1: task 3
worker 2: task 4
worker 1: task 5
worker 2: task 6
`,
  },
  Backpressure: {
    code: `import { Pull, Push } from "zmtp"

const push = new Push({ sendHighWaterMark: 2 })
await push.bind("inproc://busy")
const pull = new Pull({ receiveHighWaterMark: 1 })
pull.connect("inproc://busy")

// The queues hold three messages. Then trySend returns false, and send waits for room.
let queued = 0
while (push.trySend(\`message \${queued + 1}\`)) queued++
console.log(\`\${queued} messages are queued\`)

const waiting = push.send("one more").then(() => console.log("there is room again"))
for (let count = 0; count < 3; count++) console.log(\`received \${await pull.receive()}\`)
await waiting
`,
    printed: `3 messages are queued
received message 1
there is room again
received message 2
received message 3
`,
  },
  Counters: {
    code: `import { Publisher, Subscriber } from "zmtp"

const publisher = new Publisher()
await publisher.bind("inproc://counted")
await publisher.send(["nobody", "listens"])

const subscriber = new Subscriber()
subscriber.connect("inproc://counted")
subscriber.subscribe()
await publisher.peersReady(1, { topic: "" })
for (let count = 0; count < 1000; count++) await publisher.send(["tick", String(count)])
for (let count = 0; count < 1000; count++) await subscriber.receive()

const { sent, dropped } = publisher.stats()
console.log({ sent, dropped, received: subscriber.stats().received })
`,
    printed: `{ sent: 1001, dropped: 0, received: 1000 }
`,
  },
}
