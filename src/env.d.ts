declare const __VERSION__: string;
declare const __COMMIT__: string;
/** The hub this build asks for models; see src/models/hub/origin.ts. */
declare const __HUB_ORIGIN__: string;
