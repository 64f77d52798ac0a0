{{ config(bucketed_by=['customer_id'], bucket_count=3) }}

select customer_id, order_id, ordered_at, amount_or_zero as amount
from {{ ref('stg_orders') }}
