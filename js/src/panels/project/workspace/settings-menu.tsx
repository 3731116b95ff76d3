// How the whole workspace draws: what the gear opens.

import type { JSX } from "preact";
import type { Json } from "../../../core/wire";
import { BANDS, type Band, CENTERS, type Center } from "../../../viewers/curves/grouping";
import { optionsOf } from "../../../viewers/curves/options";
import { SMOOTHINGS, type SmoothingKind } from "../../../viewers/curves/smoothing";
import type { SettingsDoc } from "../document";
import { Popover } from "../table/popover";
import { AxisOptions } from "./fields";
import { Icon } from "./icons";
import { axisName, axisOf, MAX_RUNS_CHOICES, maxRunsOf } from "./settings";
import type { Work } from "./work";

export function SettingsMenu(props: { work: Work }): JSX.Element {
  return (
    <Popover
      kind="dialog"
      label="Workspace settings"
      class="nb-ws-button"
      boxClass="nb-ws-settings"
      icon={<Icon name="gear" />}
    >
      {() => <Settings work={props.work} />}
    </Popover>
  );
}

function Settings(props: { work: Work }): JSX.Element {
  const { project, cursor } = props.work;
  const options = optionsOf(cursor);
  const settings = project.view.value.settings ?? {};
  const { kind, amount } = options.smoothing.value;
  const grouping = options.grouping.value;
  const set = (name: keyof SettingsDoc, value: Json, label: string): void =>
    project.editView([{ op: "set", path: ["settings", name], value }], label);
  const most = maxRunsOf(settings);
  return (
    <div class="nb-ws-form">
      <b>Curves</b>
      <label class="nb-ws-field">
        <span>X axis</span>
        <select
          class="nb-select"
          aria-label="X axis"
          value={axisName(options.axis.value)}
          onChange={(event) => {
            options.axis.value = axisOf(event.currentTarget.value);
          }}
        >
          <AxisOptions work={props.work} />
        </select>
      </label>
      <label class="nb-ws-field">
        <span>Smoothing</span>
        <select
          class="nb-select"
          aria-label="Smoothing"
          value={kind}
          onChange={(event) => {
            options.smoothing.value = { kind: event.currentTarget.value as SmoothingKind, amount };
          }}
        >
          {Object.entries(SMOOTHINGS).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="nb-ws-field">
        <span>Amount</span>
        <span class="nb-ws-slide">
          <input
            type="range"
            class="nb-range"
            min="0"
            max="0.99"
            step="0.01"
            value={amount}
            aria-label="Amount of smoothing"
            onInput={(event) => {
              options.smoothing.value = { kind, amount: Number(event.currentTarget.value) };
            }}
          />
          <span class="nb-quiet nb-number">{amount}</span>
        </span>
      </label>
      <div class="nb-ws-switches">
        <Switch label="Log x" on={options.logX.value} onChange={(on) => (options.logX.value = on)} />
        <Switch label="Log y" on={options.logY.value} onChange={(on) => (options.logY.value = on)} />
        <Switch label="Cut outliers" on={options.clip.value} onChange={(on) => (options.clip.value = on)} />
        <Switch
          label="Legends"
          on={settings.remove_legends !== true}
          onChange={(on) => set("remove_legends", !on, on ? "show legends" : "hide legends")}
        />
      </div>
      {grouping && (
        <>
          <label class="nb-ws-field">
            <span>Line of a group</span>
            <select
              class="nb-select"
              aria-label="Line of a group"
              value={grouping.center}
              onChange={(event) => {
                options.grouping.value = { ...grouping, center: event.currentTarget.value as Center };
              }}
            >
              {Object.entries(CENTERS).map(([name, label]) => (
                <option key={name} value={name}>
                  {label}
                </option>
              ))}
            </select>
          </label>
          <label class="nb-ws-field">
            <span>Band around it</span>
            <select
              class="nb-select"
              aria-label="Band around it"
              value={grouping.band}
              onChange={(event) => {
                options.grouping.value = { ...grouping, band: event.currentTarget.value as Band };
              }}
            >
              {Object.entries(BANDS).map(([name, label]) => (
                <option key={name} value={name}>
                  {label}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
      <label class="nb-ws-field">
        <span>Under the pointer</span>
        <select
          class="nb-select"
          aria-label="Under the pointer"
          value={settings.tooltip_number_of_runs ?? "default"}
          onChange={(event) =>
            set("tooltip_number_of_runs", event.currentTarget.value, "change what the pointer shows")
          }
        >
          <option value="default">10 runs</option>
          <option value="all">all runs</option>
          <option value="none">nothing</option>
        </select>
      </label>
      <b>Runs and panels</b>
      <label class="nb-ws-field">
        <span>Runs drawn at most</span>
        <select
          class="nb-select"
          aria-label="Runs drawn at most"
          value={String(most)}
          onChange={(event) =>
            set("max_runs", Number(event.currentTarget.value), `draw ${event.currentTarget.value} runs`)
          }
        >
          {[...new Set([...MAX_RUNS_CHOICES, most])]
            .sort((a, b) => a - b)
            .map((count) => (
              <option key={count} value={String(count)}>
                {count}
              </option>
            ))}
        </select>
      </label>
      <label class="nb-ws-field">
        <span>Sections by the prefix</span>
        <select
          class="nb-select"
          aria-label="Sections by the prefix"
          value={settings.group_by_prefix ?? "first"}
          onChange={(event) => set("group_by_prefix", event.currentTarget.value, "make sections anew")}
        >
          <option value="first">before the first /</option>
          <option value="last">before the last /</option>
        </select>
      </label>
      <Switch
        label="Sort panels by name"
        on={settings.sort_panels_alphabetically === true}
        onChange={(on) => set("sort_panels_alphabetically", on, "sort panels")}
      />
    </div>
  );
}

function Switch(props: { label: string; on: boolean; onChange: (on: boolean) => void }): JSX.Element {
  return (
    <label class="nb-ws-switch">
      <input
        type="checkbox"
        checked={props.on}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}
