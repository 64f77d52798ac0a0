{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
) }}

select
    order_id,
    ordered_at,
    status,
    {% if var('with_channel') %}
    'web' as channel,
    {% endif %}
    amount
from {{ ref('stg_orders') }}
{% if is_incremental() %}
where ordered_at > (select max(ordered_at) from {{ this }})
{% endif %}
