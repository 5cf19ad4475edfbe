/** A microservice and its client in one process. Usage: node main.js */
import "reflect-metadata"
import { Controller, Module } from "@nestjs/common"
import { NestFactory } from "@nestjs/core"
import { EventPattern, MessagePattern, RpcException } from "@nestjs/microservices"
import { firstValueFrom, from, timeout, toArray } from "rxjs"
import { ZmtpClient } from "./client.js"
import { ZmtpServer } from "./server.js"

class MathController {
  sum(numbers) {
    return numbers.reduce((sum, number) => sum + number, 0)
  }

  countdown(start) {
    return from(Array.from({ length: start }, (_, index) => start - index))
  }

  fail() {
    throw new RpcException("this always fails")
  }

  note(text) {
    console.log(`event: ${text}`)
  }
}

// In TypeScript, these are the decorators @Controller(), @MessagePattern("sum"), and so on.
const decorate = (method, decorator) =>
  decorator(MathController.prototype, method, Object.getOwnPropertyDescriptor(MathController.prototype, method))
Controller()(MathController)
decorate("sum", MessagePattern("sum"))
decorate("countdown", MessagePattern({ command: "countdown" }))
decorate("fail", MessagePattern("fail"))
decorate("note", EventPattern("note"))

const AppModule = class AppModule {
  name = "app"
}
Module({ controllers: [MathController] })(AppModule)

const server = new ZmtpServer("tcp://127.0.0.1:*")
const app = await NestFactory.createMicroservice(AppModule, { strategy: server, logger: ["error"] })
await app.listen()

const client = new ZmtpClient({ endpoints: [server.unwrap().lastEndpoint] })
const ask = (pattern, data) => client.send(pattern, data).pipe(timeout(5000))
console.log(`sum: ${await firstValueFrom(ask("sum", [1, 2, 3]))}`)
console.log(`countdown: ${await firstValueFrom(ask({ command: "countdown" }, 3).pipe(toArray()))}`)
for (const pattern of ["fail", "unknown"]) {
  await firstValueFrom(ask(pattern, {})).catch((error) => console.log(`${pattern}: ${error.message ?? error}`))
}
await firstValueFrom(client.emit("note", "hello"), { defaultValue: undefined })
await firstValueFrom(ask("sum", [])) // the event before it has been handled

client.close()
await app.close()
