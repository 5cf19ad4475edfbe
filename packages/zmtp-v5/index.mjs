export * from "zmtp/v5-compat"
export { default } from "zmtp/v5-compat"
