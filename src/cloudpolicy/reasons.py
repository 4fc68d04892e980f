"""Why a value is unknown, and what would settle it: the vocabulary of `Unknown.reason`."""

from __future__ import annotations

from cloudpolicy.texts import Text

# key -> (why, what would settle it)
REASONS: dict[str, tuple[Text, Text]] = {
    "variable-without-value": (
        Text("the variable has no value", "変数に値がありません"),
        Text("give it with --var-file or a default, or scan the plan", "--var-file か default で値を与えるか、plan を検査してください"),
    ),
    "known-after-apply": (
        Text("the value is known only after apply", "値は適用後にしか決まりません"),
        Text("confirm it on the deployed resource", "配備後のリソースで確認してください"),
    ),
    "data-source": (
        Text("the value comes from a data source", "値はデータソースから取得されます"),
        Text("scan the plan (terraform show -json)", "plan(terraform show -json)を検査してください"),
    ),
    "missing-module": (
        Text("the value comes from a module that is not on disk", "値は手元に無いモジュールから来ます"),
        Text(
            "fetch it (terraform init, or bicep restore and build), then scan again",
            "terraform init(Bicep は restore と build)で取得してから再検査してください",
        ),
    ),
    "unsupported-expression": (
        Text("the expression cannot be evaluated without running it", "式を実行せずに評価することができません"),
        Text("write the value literally, or scan the Terraform plan", "値を直接記述するか、Terraform の plan を検査してください"),
    ),
    "invalid-expression": (
        Text("the expression has an error", "式に誤りがあります"),
        Text("correct the expression", "式を修正してください"),
    ),
    "condition-undetermined": (
        Text("it depends on a condition that cannot be decided", "判定できない条件に依存します"),
        Text("give the condition's inputs (--var-file, --parameters)", "条件の入力値(--var-file、--parameters)を与えてください"),
    ),
    "link-undetermined": (
        Text("it cannot be told which resource is meant", "どのリソースを指すのか特定できません"),
        Text(
            "refer to it in the template instead of putting its name together, or confirm it",
            "名前を組み立てずリソースを直接参照するか、個別に確認してください",
        ),
    ),
    "expansion-limit": (
        Text("the expansion is larger than the limit", "展開数が上限を超えています"),
        Text("scan the plan, or split the expression", "plan を検査するか、式を分割してください"),
    ),
    "cycle": (
        Text("the value refers to itself", "値が自分自身を参照しています"),
        Text("break the cycle", "循環参照を解消してください"),
    ),
    "parameter-without-value": (
        Text("the parameter has no value", "パラメータに値がありません"),
        Text("give it with --parameters or a Default", "--parameters か Default で値を与えてください"),
    ),
    "known-after-deploy": (
        Text("the value is known only after deployment", "値は配備後にしか決まりません"),
        Text("confirm it on the deployed resource", "配備後のリソースで確認してください"),
    ),
    "dynamic-reference": (
        Text(
            "the value is read from a parameter or secret store at deployment", "値は配備時にパラメータストアやシークレットから読まれます"
        ),
        Text("confirm the stored value", "保存されている値を確認してください"),
    ),
    "import": (
        Text("the value is imported from another stack", "値は別のスタックから取り込まれます"),
        Text("check the exporting stack", "値を公開しているスタックを確認してください"),
    ),
    "transform": (
        Text("the value is made by a macro or transform at deployment", "値は配備時にマクロや変換で作られます"),
        Text("scan the processed template", "変換後のテンプレートを検査してください"),
    ),
    "region-not-given": (
        Text("nothing says which region this is deployed to", "配備先のリージョンが指定されていません"),
        Text("give it with --region or in cloudpolicy.toml", "--region または cloudpolicy.toml で指定してください"),
    ),
    "unreadable": (
        Text("the file that holds the value could not be read", "値を含むファイルを読み取れません"),
        Text("correct the file", "ファイルを修正してください"),
    ),
    "not-in-estate": (
        Text("the resource that decides it is not in the scanned files", "判定に必要なリソースが検査対象に含まれていません"),
        Text("scan it together, or attest it", "併せて検査するか、別途確認してください"),
    ),
    "not-exported": (
        Text("the service does not export it", "サービスがエクスポートしない値です"),
        Text("confirm it on the deployed resource", "配備済みのリソースで確認してください"),
    ),
    "not-previewed": (
        Text("the preview does not tell what becomes of it", "プレビューでは結果が示されません"),
        Text("confirm it after deployment (cloudpolicy live)", "配備後に確認してください(cloudpolicy live)"),
    ),
    "no-effect": (
        Text("the service says that setting it has no effect", "設定しても反映されないとサービスが示しています"),
        Text("confirm it after deployment (cloudpolicy live)", "配備後に確認してください(cloudpolicy live)"),
    ),
    "provider-default": (
        Text("the provider's default depends on its version or account", "既定値がプロバイダーの版やアカウントに依存します"),
        Text("write the value explicitly", "値を明示してください"),
    ),
    "attestation": (
        Text("the template alone cannot show it", "テンプレートだけでは確認できません"),
        Text("attest it separately", "別途確認(証跡の提出)をしてください"),
    ),
}
