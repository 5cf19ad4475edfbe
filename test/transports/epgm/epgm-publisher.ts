// Publishes numbers to the endpoint in its argument until it is killed.
import { Publisher } from "../../../src/index.js"

const publisher = new Publisher({ rate: 1_000_000 })
await publisher.bind(process.argv[2]!)
for (let number = 0; ; number++) {
  await publisher.send(String(number))
  await new Promise((resolve) => setTimeout(resolve, 5))
}
