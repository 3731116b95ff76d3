import { Save } from "../viewers/curves/save";
import { Settings } from "../viewers/curves/settings";

export { default as css } from "../viewers/curves/settings.css?inline";

export const parts = { save: Save, settings: Settings };
