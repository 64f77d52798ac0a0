{{ config(
    materialized='incremental',
    incremental_strategy='insert_overwrite',
    partitioned_by=['ordered_on'],
) }}

select
    country,
    count(*) as orders,
    sum(amount_or_zero) as revenue,
    cast(max(ordered_at) as timestamp) as newest,
    ordered_on
from {{ ref('stg_orders') }}
{% if is_incremental() %}
-- The last day that is there is done again: orders may have come late.
where ordered_on >= (select max(ordered_on) from {{ this }})
{% endif %}
group by country, ordered_on
