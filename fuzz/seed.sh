#!/usr/bin/env bash
# Writes the committed seeds, corpus/<target>/<name>.seed: some of the fixtures for bodies, published
# examples for the rest. What a run adds to a corpus has no such ending, and is ignored.
set -euo pipefail
cd "$(dirname "$0")"
fixtures=../fixtures

readonly json_targets=(json_read json_round_trip differential_json formats_agree flat)
readonly xml_targets=(xml_read xml_round_trip differential_xml flat)

# Small bodies that between them hold something of every kind.
readonly cases=(
    activity-parties aliased arrays bytes dict-string-string dt-local-utc dt-timespan
    entityreference-forms enum-flags executemultiple-response images-null-and-empty label
    metadata-values msg-update-sync-images num-decimal num-double-special num-float parent-1
    queries-as-values related-entities str-xmlspecial val-kvp
)

seed() { # seed TARGET NAME < CONTENT
    mkdir -p "corpus/$1"
    cat > "corpus/$1/$2.seed"
}

for case in "${cases[@]}"; do
    for target in "${json_targets[@]}"; do
        seed "$target" "$case-json" < "$fixtures/bodies/$case/body.json"
    done
    for target in "${xml_targets[@]}"; do
        seed "$target" "$case-xml" < "$fixtures/bodies/$case/body.xml"
    done
done

# Two columns whose names look like one date.
seed flat date-names <<< '{"InputParameters":[{"key":"Target","value":{"__type":"Entity:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Attributes":[{"key":"\/Date(0)\/","value":1},{"key":"1970-01-01T00:00:00Z","value":1E5}]}}]}'

# What the platform takes beyond the letter of JSON.
for target in "${json_targets[@]}"; do
    seed "$target" lenient-json <<< '{"Depth":"01","Stage":40.,"SharedVariables":[{"key":"a","value":[NaN,INF,-INF,Infinity,-Infinity,1.,-01]},],}'
done

seed solution customizations < "$fixtures/solution/customizations.xml"
seed solution endpoints < "$fixtures/solution/unpacked/PluginAssemblies/ServiceEndpoints.xml"
seed solution assembly < "$fixtures"/solution/unpacked/PluginAssemblies/*/ContosoPlugins.dll.data.xml
seed solution manifest < "$fixtures/solution/unpacked/Other/Solution.xml"
for step in 2 5; do
    seed solution "step-$step" < "$fixtures/solution/unpacked/SdkMessageProcessingSteps/{6f1c0c6e-8f2b-4a35-9b1a-0d6a5a1f000$step}.xml"
done

key='SharedAccessKeyName=send;SharedAccessKey=r9rdIglXNiIPN2Lgj/HyhgOuq+aGht0qH3n+/lYQhfo='
token='SharedAccessSignature sr=audience&sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3D&se=1578099723&skn=key'

seed connection_string namespace <<< "Endpoint=sb://contoso.servicebus.windows.net/;$key"
seed connection_string hub <<< "Endpoint=sb://contoso.servicebus.windows.net/;$key;EntityPath=orders"
seed connection_string emulator <<< "Endpoint=sb://localhost:5123;$key;UseDevelopmentEmulator=true"
seed connection_string token <<< "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessSignature=$token"
seed connection_string spaced <<< "; Endpoint = sb://contoso.servicebus.windows.net/ ;; $key;Foo=bar;"

seed token_parse token <<< "$token"
seed token_parse other-order <<< 'SharedAccessSignature sig=WOVqJi%2B2fowHpCC2g3ztxEQrYAU173BGWrkVaPlvPj4%3D&se=1667344375&skn=RootManageSharedAccessKey&sr=amqps%3A%2F%2Ffe2o3-amqp-example.servicebus.windows.net'
seed token_parse resource <<< $'https://contoso.servicebus.windows.net/orders/publishers/till-7\nsend'

seed rest_answer created <<< $'201 Created\n\n'
seed rest_answer reason-only <<< $'401 SubCode=40103: Invalid authorization token signature\n\n\n'
seed rest_answer xml <<< $'413 Payload Too Large\napplication/xml\n\n<Error><Code>413</Code><Detail>The maximum message size has been reached. TrackingId:1b2c_G18, SystemTracker:contoso, Timestamp:2026-01-05T08:00:00</Detail></Error>'
seed rest_answer busy <<< $'503 Server Busy\ntext/plain\n4\nError code : 50002'
seed rest_answer dated <<< $'429 Too Many Requests\ntext/html\nMon, 05 Jan 2026 08:00:00 GMT\n<html></html>'

# The number of the case, and a job without its message.
{ printf '\377\377\377\377'; sed -n -e 's/"message":{"content_type".*/"message":null}/;2p' "$fixtures/jobs/export.jsonl"; } | seed stored_jobs export
{ printf '\377\377\377\377'; sed -n -e 's/"body":"[^"]*"/"body":"e30="/;2p' "$fixtures/jobs/export.jsonl"; } | seed stored_jobs message

# Any bytes are randomness.
head -c 1024 ../LICENSE-MIT | seed store_actions text

find corpus -name "*.seed" | wc -l

# An AMQP peer that opens a connection without SASL, begins a session and ends; a message; and steps of
# sequences, a byte for each choice.
printf 'AMQP\0\1\0\0\0\0\0\x0f\2\0\0\0\0\x53\x10\xc0\2\1\x40\0\0\0\x12\2\0\0\0\0\x53\x11\xc0\5\4\x40\x43\x52\x7f\x52\x7f' | seed amqp_frames open-begin
printf '\0\x53\x72\xc1\7\2\xa3\1k\xa1\1v\0\x53\x73\xc0\2\1\x40\0\x53\x74\xc1\6\2\xa1\1p\x54\1\0\x53\x75\xa0\2{}' | seed amqp_frames message
printf '\1\1\0\2\2\0\2\0\5\1\0\12\1\1\0\3\1\0\1\0\2\1\0\3' | seed amqp_performatives receive
printf '\1\0\1\0\2\0\3\1\1\1\0\0\0\3\1\2\1\0\2\0\12\4\1\2\6\0' | seed amqp_performatives send
