export { Conv2d, type Conv2dModuleOptions } from "./conv.ts";
